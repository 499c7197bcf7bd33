import { createEngine } from "../../engine/create_engine.ts";
import { run } from "../../engine/run.ts";
import { throwIfStopped } from "../../host.ts";
import type { ConstantArray } from "../../model/constant.ts";
import type { Model } from "../../model/model.ts";
import type { TensorRange } from "./quantize_constants.ts";

/**
 * Runs the model with every activation whose range is not known as an output.
 *
 * @throws {DOMException} if it is ended before its end.
 */
export function activationRanges(
  model: Model,
  { inputs, ranges: known = {} }: {
    readonly inputs: readonly Float32Array<ArrayBuffer>[];
    readonly ranges?: Readonly<Record<string, TensorRange>>;
  },
): ReadonlyMap<number, TensorRange> {
  const all = model.operators.flatMap(({ outputs }) => outputs);
  const nameOf = (tensor: number) => model.tensors[tensor].name;
  const computed = all.filter((tensor) => !Object.hasOwn(known, nameOf(tensor)));
  using engine = createEngine({ ...model, outputs: computed });
  const ranges = new Map<number, TensorRange>();
  for (const tensor of all) {
    if (Object.hasOwn(known, nameOf(tensor))) ranges.set(tensor, known[nameOf(tensor)]);
  }
  const see = (tensor: number, values: ConstantArray) => {
    // Zero is always represented, since padding needs it.
    let { least, most } = ranges.get(tensor) ?? { least: 0, most: 0 };
    for (const value of values as Float32Array) {
      if (value < least) least = value;
      if (value > most) most = value;
    }
    ranges.set(tensor, { least, most });
  };
  for (const input of inputs) {
    throwIfStopped();
    see(model.inputs[0], input);
    run(engine, [input]).forEach((values, i) => see(computed[i], values));
  }
  return ranges;
}
