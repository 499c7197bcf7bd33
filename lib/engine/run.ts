import { type ConstantArray, constantValues, zeroValues } from "../model/constant.ts";
import { elements, sizeBytes } from "../model/shape.ts";
import type { Tensor } from "../model/tensor.ts";
import { ALL_LAYERS } from "./build_module.ts";
import { dequantizeEdge, quantizeEdge } from "./edges.ts";
import type { Engine } from "./engine.ts";
import { runtimeOf } from "./runtime.ts";

/**
 * Runs a compiled model once. State of stateful operators goes on from the run before
 * (`resetState`).
 *
 * @param inputs One typed array for each graph input, of its type and number of elements. Where the
 *   plan hands integers over in place of float32 (technique `integer-edges`), these integers are
 *   taken as well.
 * @returns The elements of the graph's outputs, in its order: copies.
 * @throws {TypeError} for an input of the wrong type, or too many or too few of them.
 * @throws {RangeError} for one with the wrong number of elements, or NaN to be quantized.
 * @throws {EngineError} in checked mode, if a byte is read that does not belong to the tensor read.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { createEngine, run, runReference, zoo } from "tinyloom";
 *
 * const model = zoo("mlperf-tiny-kws");
 * const input = new Int8Array(490).fill(17);
 * using engine = createEngine(model);
 * assert.deepEqual(run(engine, [input]), runReference(model, [input]).outputs);
 * ```
 */
export function run(engine: Engine, inputs: readonly ConstantArray[]): readonly ConstantArray[] {
  setInputs(engine, inputs);
  runtimeOf(engine).call(ALL_LAYERS);
  return outputsOf(engine);
}

/** Fills the inputs' bytes; nothing is changed if one of them is wrong. */
export function setInputs(engine: Engine, inputs: readonly ConstantArray[]): void {
  const { model, plan } = engine;
  const { bytes, map, checks } = runtimeOf(engine);
  if (inputs.length !== model.inputs.length) {
    throw new TypeError(`${inputs.length} inputs, needed ${model.inputs.length}`);
  }
  const stored = inputs.map((values, i) => {
    const given = model.tensors[model.inputs[i]];
    const taken = model.tensors[plan.inputs[i]];
    return storedValues(`input ${i}`, values, { given, taken });
  });
  checks?.clear();
  stored.forEach((values, i) => {
    const address = map.addressOf(plan.inputs[i]);
    if (address === undefined) return;
    bytes.set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength), address);
    checks?.fill(plan.inputs[i], values.byteLength);
  });
}

/** Copies of the outputs, in the types of the model. */
export function outputsOf(engine: Engine): readonly ConstantArray[] {
  const { model, plan } = engine;
  const { bytes, map, checks } = runtimeOf(engine);
  return model.outputs.map((output, i) => {
    const given = model.tensors[output];
    const kept = plan.outputs[i];
    const tensor = model.tensors[kept];
    if (tensor.data !== null) return constantValues(tensor).slice();
    checks?.take(kept, sizeBytes(tensor));
    const address = map.addressOf(kept)!;
    const values = zeroValues(tensor.dtype, elements(tensor.shape));
    new Uint8Array(values.buffer).set(
      bytes.subarray(address, address + values.byteLength),
    );
    return given === tensor ? values : dequantizeEdge(values, tensor);
  });
}

function storedValues(
  what: string,
  values: ConstantArray,
  { given, taken }: { readonly given: Tensor; readonly taken: Tensor },
): ConstantArray {
  const count = elements(given.shape);
  const kinds = [...new Set([given, taken])].map(({ dtype }) => (
    zeroValues(dtype, 0)[Symbol.toStringTag]
  ));
  const found = Object.prototype.toString.call(values).slice("[object ".length, -1);
  if (!kinds.includes(found as typeof kinds[number])) {
    throw new TypeError(`${what} is ${found}, needed ${kinds.join(" or ")}`);
  }
  if (values.length !== count) {
    throw new RangeError(
      `${what} has ${values.length} elements, needed ${count} for [${given.shape}]`,
    );
  }
  const isFloat = found === "Float32Array" && taken.dtype !== "float32";
  return isFloat ? quantizeEdge(what, values as Float32Array, taken) : values;
}
