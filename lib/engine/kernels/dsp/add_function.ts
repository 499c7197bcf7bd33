import type { KernelCode, Region, Value } from "../../../kernel/kernel.ts";
import { KernelBuilder } from "../../../kernel/kernel_builder.ts";
import { add, apply } from "../../../kernel/values.ts";
import type { QuantizedMultiplier } from "../../../model/fixed_point.ts";
import { type FinishCode, finishSum } from "./finish_sums.ts";

/**
 * How an operand is brought to the common scale: `half`, its factor is exactly 1/2; else its factor's
 * shift to the right is none, one, or several bits.
 */
export type OperandForm = "half" | "none" | "one" | "several";

/** The form of a factor below one. */
export function operandForm({ multiplier, shift }: QuantizedMultiplier): OperandForm {
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
export const TURN = 4;

/** The code's key. */
export function addName({ forms, isReverse, finish }: AddShape): string {
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
export function addFunction(
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
