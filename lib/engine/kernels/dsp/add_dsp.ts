import type { Value } from "../../../kernel/kernel.ts";
import { start } from "../../../kernel/kernel_builder.ts";
import { add } from "../../../kernel/values.ts";
import { elements } from "../../../model/shape.ts";
import type { Layer, LayerKernel } from "../../layer.ts";
import { additionFactors, ADDITIONS } from "../../reference/addition.ts";
import { outputRange } from "../../reference/clamp.ts";
import { zeroPointOf } from "../../reference/expect.ts";
import type { Elements } from "../element_loops.ts";
import { elementwiseKernel } from "../elementwise_kernel.ts";
import { addFunction, addName, operandForm, TURN } from "./add_function.ts";
import { prepareFinish } from "./finish_sums.ts";
import { roleOf } from "./role_of.ts";

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
