import { type ConstantArray, constantValues, zeroValues } from "../model/constant.ts";
import type { Model } from "../model/model.ts";
import { elements, sizeBytes } from "../model/shape.ts";
import type { Tensor } from "../model/tensor.ts";
import type { Plan } from "../plan/plan.ts";
import type { MemoryMap } from "./memory_map.ts";
import { integerRange, nanRefusal, scaleOf, zeroPointOf } from "./reference/expect.ts";

/** The ports of a graph's inputs and outputs, in order. */
export function portsOf(
  { tensors, inputs, outputs }: Model,
  { plan, bytes, map }: {
    readonly plan: Plan;
    readonly bytes: Uint8Array;
    readonly map: MemoryMap;
  },
): { readonly inputs: readonly InputPort[]; readonly outputs: readonly OutputPort[] } {
  return {
    inputs: inputs.map((given, i) =>
      inputPort(`input ${i}`, {
        given: tensors[given],
        taken: tensors[plan.inputs[i]],
        bytes,
        address: map.addressOf(plan.inputs[i]),
      })
    ),
    outputs: outputs.map((given, i) =>
      outputPort({
        given: tensors[given],
        kept: tensors[plan.outputs[i]],
        bytes,
        address: map.addressOf(plan.outputs[i]),
      })
    ),
  };
}

/** Where a graph input goes in. */
export interface InputPort {
  /**
   * Refuses what is no input.
   *
   * @throws {TypeError} for elements of a wrong type.
   * @throws {RangeError} for a wrong number of them.
   */
  readonly check: (values: ConstantArray) => void;
  /**
   * Puts elements that were checked into the tensor's place.
   *
   * @throws {RangeError} for NaN that is to be quantized.
   */
  readonly store: (values: ConstantArray) => void;
}

/**
 * The port of an input. The plan may take integers (`taken`) where the model is given float32
 * (`given`): these are quantized on the way, or taken as they are if they are integers already.
 */
function inputPort(
  what: string,
  { given, taken, bytes, address }: {
    readonly given: Tensor;
    readonly taken: Tensor;
    readonly bytes: Uint8Array;
    /** Undefined for an input that nobody reads. */
    readonly address: number | undefined;
  },
): InputPort {
  const count = elements(given.shape);
  const kinds = [...new Set([given.dtype, taken.dtype])].map(arrayName);
  const isQuantized = given.dtype !== taken.dtype;
  const quantize = isQuantized ? quantizer(given, taken) : null;
  const elementBytes = zeroValues(taken.dtype, 0).BYTES_PER_ELEMENT;
  // Written as elements where the place is aligned, else as bytes.
  const place = address !== undefined && address % elementBytes === 0
    ? arrayOf(taken, bytes.buffer, { address, count })
    : null;
  return {
    check: (values) => {
      const found = nameOf(values);
      if (!kinds.includes(found)) {
        throw new TypeError(`${what} is ${found}, needed ${kinds.join(" or ")}`);
      }
      if (values.length !== count) {
        throw new RangeError(
          `${what} has ${values.length} elements, needed ${count} for [${given.shape}]`,
        );
      }
    },
    store: (values) => {
      if (address === undefined) return;
      if (place !== null && values.constructor === place.constructor) {
        place.set(values as Int8Array);
      } else if (quantize === null || nameOf(values) !== kinds[0]) {
        bytes.set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength), address);
      } else if (place !== null) {
        quantize(values as Float32Array, place);
      } else {
        const result = zeroValues(taken.dtype, count) as Int8Array;
        quantize(values as Float32Array, result);
        bytes.set(new Uint8Array(result.buffer), address);
      }
    },
  };
}

/** What a QUANTIZE at the edge of the graph would have computed, halves away from zero. */
function quantizer(
  given: Tensor,
  tensor: Tensor,
): (values: Float32Array, result: Int8Array) => void {
  const [scale, zeroPoint] = [scaleOf(tensor), zeroPointOf(tensor)];
  const { min, max } = integerRange(tensor.dtype);
  return (values, result) => {
    for (let i = 0; i < values.length; i++) {
      const x = Math.fround(values[i] / scale) + 0.5;
      const up = Math.floor(x);
      // Halves go up so far; below 0 they are to go down, and are rare enough for a branch.
      const q = (up === x && up <= 0 ? up - 1 : up) + zeroPoint;
      if (q >= min) {
        result[i] = q > max ? max : q;
      } else {
        if (q !== q) throw new RangeError(nanRefusal(given));
        result[i] = min;
      }
    }
  };
}

function arrayOf(
  { dtype }: Tensor,
  buffer: ArrayBufferLike,
  { address, count }: { readonly address: number; readonly count: number },
): Int8Array {
  const { constructor } = zeroValues(dtype, 0);
  return new (constructor as typeof Int8Array)(buffer as ArrayBuffer, address, count);
}

function arrayName(dtype: Tensor["dtype"]): string {
  return zeroValues(dtype, 0)[Symbol.toStringTag];
}

function nameOf(values: ConstantArray): string {
  return values?.[Symbol.toStringTag] ??
    Object.prototype.toString.call(values).slice("[object ".length, -1);
}

/** Gives a copy of a graph output. */
export type OutputPort = () => ConstantArray;

/**
 * The port of an output. Where the plan leaves integers (`kept`) and the model gives float32, they are
 * dequantized, as a DEQUANTIZE at the edge of the graph would have done.
 */
function outputPort(
  { given, kept, bytes, address }: {
    readonly given: Tensor;
    readonly kept: Tensor;
    readonly bytes: Uint8Array;
    /** Undefined for a constant, and for the handle of a variable. */
    readonly address: number | undefined;
  },
): OutputPort {
  if (kept.data !== null) return () => constantValues(kept).slice();
  // The handle of a variable holds nothing.
  if (address === undefined) return () => zeroValues(kept.dtype, elements(kept.shape));
  const end = address + sizeBytes(kept);
  const { constructor } = zeroValues(kept.dtype, 0);
  const Elements = constructor as typeof Int8Array;
  const { BYTES_PER_ELEMENT } = Elements;
  const isAligned = address % BYTES_PER_ELEMENT === 0;
  const place = isAligned
    ? new Elements(bytes.buffer as ArrayBuffer, address, (end - address) / BYTES_PER_ELEMENT)
    : null;
  const read = () =>
    place?.slice() ?? new Elements(bytes.slice(address, end).buffer as ArrayBuffer);
  if (given.dtype === kept.dtype) return read;
  const [scale, zeroPoint] = [scaleOf(kept), zeroPointOf(kept)];
  return () => Float32Array.from(read(), (q) => scale * (q - zeroPoint));
}
