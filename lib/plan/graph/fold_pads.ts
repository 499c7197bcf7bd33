import { constantValues } from "../../model/constant.ts";
import { isWeighted } from "../../model/definition_of.ts";
import type { Model } from "../../model/model.ts";
import type { Operator } from "../../model/operator.ts";
import type { Quantization } from "../../model/tensor.ts";
import { type ImagePadding, isWindowOperator } from "../sliding_window.ts";
import type { FoldedPad, Removal } from "./plan_graph.ts";
import { readers } from "./readers.ts";

/**
 * PAD operators that the convolutions or pools behind them can do themselves. In a convolution the
 * zeros add nothing; a pool must take them as elements, which is why only pools without padding of
 * their own qualify.
 */
export function foldPads(model: Model): {
  readonly removals: readonly Removal[];
  readonly folded: ReadonlyMap<number, FoldedPad>;
} {
  const readBy = readers(model);
  const folded = new Map<number, FoldedPad>();
  const removals: Removal[] = [];
  model.operators.forEach((operator, index) => {
    const padding = imagePadding(model, operator);
    const [output] = operator.outputs;
    if (padding === null || model.outputs.includes(output)) return;
    const users = readBy[output];
    if (users.length === 0 || !users.every((user) => canFold(model.operators[user], output))) {
      return;
    }
    for (const user of users) folded.set(user, { padding, input: operator.inputs[0] });
    const into = users.map((user) => `operator ${user}`).join(", ");
    removals.push({ operator: index, alias: null, reason: `its zeros are part of ${into}` });
  });
  return { removals, folded };
}

function canFold(user: Operator, padded: number): boolean {
  if (!isWindowOperator(user)) return false;
  if (!isWeighted(user) && user.attributes.padding !== "VALID") return false;
  return user.inputs.every((tensor, i) => (tensor === padded) === (i === 0));
}

/** Rows and columns that a PAD adds, if it adds nothing else and changes no value. */
function imagePadding({ tensors }: Model, operator: Operator): ImagePadding | null {
  if (operator.op !== "PAD") return null;
  const [input, amounts] = operator.inputs.map((tensor) => tensors[tensor]);
  const output = tensors[operator.outputs[0]];
  if (input.shape.length !== 4 || amounts.data === null || input.data !== null) return null;
  if (input.isVariable || !sameQuantization(input.quantization, output.quantization)) return null;
  const values = Array.from(constantValues(amounts) as ArrayLike<number | bigint>, Number);
  const [before, after, top, bottom, left, right, front, back] = values;
  if (before !== 0 || after !== 0 || front !== 0 || back !== 0) return null;
  return { top, bottom, left, right };
}

function sameQuantization(a: Quantization | null, b: Quantization | null): boolean {
  if (a === null || b === null) return a === b;
  return a.scales[0] === b.scales[0] && a.zeroPoints[0] === b.zeroPoints[0];
}
