import type { KernelCode, Region, Value } from "../../../kernel/kernel.ts";
import { KernelBuilder, start } from "../../../kernel/kernel_builder.ts";
import { add, apply } from "../../../kernel/values.ts";
import type { QuantizedMultiplier } from "../../../model/fixed_point.ts";
import { elements } from "../../../model/shape.ts";
import type { Layer, LayerKernel } from "../../layer.ts";
import { additionFactors, ADDITIONS } from "../../reference/addition.ts";
import { outputRange } from "../../reference/clamp.ts";
import { zeroPointOf } from "../../reference/expect.ts";
import type { Elements } from "../elementwise/element_loops.ts";
import { elementwiseKernel } from "../elementwise/elementwise_kernel.ts";
import { type FinishCode, finishSum, prepareFinish } from "./finish_sums.ts";
import { roleOf } from "./regions.ts";

/** ADD of int8 without broadcasting for processors with a DSP extension, element by element. */
export function addDsp(layer: Layer): LayerKernel | null {
  const { operator, inputs: [first, second], outputs: [output], library } = layer;
  if (operator.op !== "ADD" || !first || !second) return null;
  const tensors = [first.tensor, second.tensor, output.tensor];
  const [count, ...counts] = tensors.map(({ shape }) => elements(shape));
  if (tensors.some(({ dtype }) => dtype !== "int8") || counts.some((other) => other !== count)) {
    return null;
  }
  if (first.tensor.data !== null || second.tensor.data !== null) return null;
  const { factorA, factorB, factor } = additionFactors(tensors, ADDITIONS.ADD.round);
  const finish = prepareFinish({
    factors: [factor],
    bias: [0],
    products: [2 ** 29],
    outputZero: zeroPointOf(output.tensor),
    range: outputRange(operator.attributes.activation, output.tensor),
  });
  if (finish.style === "any") return null;
  const forms = [operandForm(factorA), operandForm(factorB)] as const;
  const isReverse = layer.call === null && layer.step.direction === "reverse";
  const shape = { forms, isReverse, finish };
  const code = library.share(
    addFunction(shape, [
      roleOf("a", first.region),
      roleOf("b", second.region),
      roleOf("output", output.region),
    ]),
    addName(shape),
  );
  const operand = (i: 0 | 1): readonly number[] => {
    const { multiplier, shift } = [factorA, factorB][i];
    const bits = forms[i] === "half" ? 19 : 21;
    const zero = -zeroPointOf(tensors[i]) * 2 ** bits;
    return [zero, multiplier, forms[i] === "several" ? 2 ** (32 + shift) : 0];
  };
  const pointer = ({ region, address, offsetBytes = 0, isIndex }: Elements): Value =>
    add(isIndex ? add(start(region), address) : address, offsetBytes);
  return elementwiseKernel(layer, {
    kernel: `add int8 dsp ${finish.key}`,
    operands: 2,
    // All elements of a run at once: the function goes through them one by one.
    lanes: 2 ** 30,
    code: [code],
    work: (b, { inputs, output: to, count }) => {
      const [a, c, y] = [...inputs, to].map(pointer);
      const turns = count - count % TURN;
      const from = (at: Value) => isReverse ? add(at, count - 1) : at;
      const behind = (elements: number) => add(y, isReverse ? count - 1 - elements : elements);
      b.call(code.name, [
        from(a),
        from(c),
        from(y),
        behind(turns),
        behind(count),
        ...operand(0),
        ...operand(1),
        ...finish.wordsOf(0),
        zeroPointOf(output.tensor),
      ]);
    },
  });
}

/**
 * How an operand is brought to the common scale: `half`, its factor is exactly 1/2; else its factor's
 * shift to the right is none, one, or several bits.
 */
export type OperandForm = "half" | "none" | "one" | "several";

/** The form of a factor below one. */
function operandForm({ multiplier, shift }: QuantizedMultiplier): OperandForm {
  if (shift === 0 && multiplier === 2 ** 30) return "half";
  return shift === 0 ? "none" : shift === -1 ? "one" : "several";
}

/** What the code depends on. */
export interface AddShape {
  readonly forms: readonly [OperandForm, OperandForm];
  readonly isReverse: boolean;
  readonly finish: FinishCode;
}

/** Elements of a turn of the loop. */
const TURN = 4;

/** The code's key. */
function addName({ forms, isReverse, finish }: AddShape): string {
  return `add_${forms.join("_")}${isReverse ? "_reverse" : ""}_${finish.key}`;
}

/**
 * A function that adds elements one by one, in the order of their addresses or the reverse. An element
 * of an operand, less its zero point, is multiplied by `2^20 f`: shifted left by 21 and multiplied, the
 * upper half of the product rounded; then the rounding shift, as a product. With a factor of 1/2 that
 * is a shift left by 19.
 *
 * Parameters: where the operands' first elements lie (in reverse the last), where results go, where
 * they do behind all whole turns and behind all elements; of each operand `-2^21 zero` (1/2: 2^19),
 * the factor and 2 to the 32 less its shift; factor and shift of the sum, and the zero point.
 */
function addFunction(
  { forms, isReverse, finish }: AddShape,
  regions: readonly [Region, Region, Region],
): KernelCode {
  const b = new KernelBuilder();
  const [a, c, y, turnsEnd, end] = ["a", "b", "y", "turns_end", "y_end"]
    .map((name) => b.parameter(name));
  const operands = ["a", "b"].map((name) =>
    ["zero", "factor", "shift"].map((what) => b.parameter(`${what}_${name}`))
  );
  const words = ["factor", "shift"].map((name) => b.parameter(name));
  const zero = b.parameter("zero");
  const step = isReverse ? -1 : 1;
  const scaled = (i: 0 | 1, to: Value | null): Value => {
    const pointer = [a, c][i];
    const [offset, factor, shift] = operands[i];
    const x = b.let("x", b.load("i32.load8_s", { region: regions[i], address: pointer }));
    b.advance(pointer, step);
    const bits = forms[i] === "half" ? 19 : 21;
    const centred = b.let("centred", add(offset, apply("i32.shl", [x, bits])));
    const plus = (value: Value) => b.let("scaled", to === null ? value : add(value, to));
    if (forms[i] === "half") return plus(centred);
    const high = b.let("high", apply("i32.mulh_round_add", [centred, factor, 0]));
    if (forms[i] === "none") return plus(high);
    const lowered = b.let("lowered", add(high, apply("i32.shr_s", [high, 31])));
    if (forms[i] === "one") return plus(apply("i32.shr_s", [b.let("up", add(lowered, 1)), 1]));
    return b.let("scaled", apply("i32.mulh_round_add", [lowered, shift, to ?? 0]));
  };
  const one = () => {
    // The product that takes an addend comes last.
    const order = forms[1] === "several" ? [0, 1] as const : [1, 0] as const;
    const sum = scaled(order[1], scaled(order[0], null));
    const result = finishSum(b, finish, { sum, words, zero });
    b.store("i32.store8", { region: regions[2], address: y }, result);
    b.advance(y, step);
  };
  const loop = (until: Value, count: number) => {
    const body = () => {
      for (let i = 0; i < count; i++) one();
    };
    if (!isReverse) return b.goOn(y, { until, step: 0 }, body);
    // A step of 0 goes upwards: count what is left.
    const left = b.let("left", apply("i32.sub", [y, until]));
    b.goOn(left, { until: 0, step: -count }, body);
  };
  loop(turnsEnd, TURN);
  loop(end, 1);
  return b.finish("add");
}
