import {
  type ConstantArray,
  type Dtype,
  elements,
  type Model,
  runReference,
  zeroValues,
} from "tinyloom";
import { randomStream } from "../../../lib/measure/random.ts";
import { tensorsAt } from "./tensor_info.ts";

/** A model with inputs, and what it should give. */
export interface ModelCase {
  readonly name: string;
  readonly model: Model;
  /** The element type that its first layer computes. */
  readonly dtype: Dtype;
  readonly inputs: readonly ConstantArray[];
  /** Outputs of the reference interpreter. */
  readonly expected: readonly ConstantArray[];
  /** Steps that a quantized output may be off. */
  readonly toleratedSteps: number;
}

/**
 * A model with seeded inputs: integers over their whole range, floats evenly over [-1, 1).
 *
 * XNNPACK rounds in float32 what TFLM rounds in integers: a layer may be off by one step, and the
 * layers behind it carry that on. Deep networks of random weights more than trained ones.
 */
export function modelCase(
  name: string,
  model: Model,
  { toleratedSteps }: { readonly toleratedSteps: number },
): ModelCase {
  const inputs = tensorsAt(model, model.inputs).map((tensor, index) => {
    const random = randomStream(1, index);
    const values = zeroValues(tensor.dtype, elements(tensor.shape)) as Int8Array | Float32Array;
    const isFloat = values instanceof Float32Array;
    for (let at = 0; at < values.length; at++) {
      const bits = random(2 ** 24);
      values[at] = isFloat ? bits / 2 ** 23 - 1 : bits;
    }
    return values as ConstantArray;
  });
  const [{ dtype }] = tensorsAt(model, model.operators[0].outputs);
  const { outputs: expected } = runReference(model, inputs);
  return { name, model, dtype, inputs, expected, toleratedSteps };
}
