import type { KernelCode, Value } from "../../../kernel/kernel.ts";
import { type KernelBuilder, start } from "../../../kernel/kernel_builder.ts";
import { add, apply, mul, vectorOfF32 } from "../../../kernel/values.ts";
import type { Layer } from "../../layer.ts";
import { channelFactors, type WeightedOperation } from "../../reference/arithmetic.ts";
import { outputRange } from "../../reference/clamp.ts";
import { zeroPointOf } from "../../reference/expect.ts";
import { numbersOf, productBounds } from "../convolution/weights.ts";
import { prepareRescale } from "../requantize/prepare_rescale.ts";
import { storeBytes } from "../vectors/bytes.ts";
import { clampFloats } from "../vectors/float_vectors.ts";
import { largestCentred, narrowToInt8 } from "../vectors/quantized_vectors.ts";

/** Sums of some pixels and vectors of channels: what they start from, and what becomes of them. */
export interface FinishSums {
  /** `[pixel][vector]`, of the channels from four times `group` on. */
  readonly begin: (
    b: KernelBuilder,
    tile: { readonly pixels: number; readonly vectors: number; readonly group: Value },
  ) => readonly (readonly Value[])[];
  /** Stores them to pixels that lie apart. */
  readonly store: (
    b: KernelBuilder,
    sums: readonly (readonly Value[])[],
    place: {
      readonly address: Value;
      readonly apartBytes: number;
      readonly channels: number;
      readonly group: Value;
    },
  ) => void;
  readonly code: readonly KernelCode[];
}

/** By the arithmetic of an operation with constant weights, channels first in them. */
export function finishSums(layer: Layer, operation: WeightedOperation): FinishSums {
  return operation.input.dtype === "float32"
    ? finishFloats(layer, operation)
    : finishBytes(layer, operation);
}

/** float32: the bias comes last. */
function finishFloats(
  { name, constants, outputs: [{ region }] }: Layer,
  { bias, output, activation, weights }: WeightedOperation,
): FinishSums {
  const channels = weights.shape[0];
  const values = new Float32Array(Math.ceil(channels / 4) * 4);
  if (bias !== undefined) values.set(numbersOf(bias));
  const biases = bias === undefined
    ? null
    : constants.place(`${name}_bias`, new Uint8Array(values.buffer));
  const range = outputRange(activation, output);
  return {
    begin: (b, { pixels, vectors }) => beginAt(b, { pixels, vectors }, () => vectorOfF32(0)),
    store: (b, sums, { address, apartBytes, channels: some, group }) => {
      const at = biases && b.let("bias", add(start(biases), mul(group, 16)));
      sums[0].forEach((_, v) => {
        const place = at && { region: biases!, address: at, offsetBytes: 16 * v };
        const four = place && b.let("bias4", b.load("v128.load", place));
        sums.forEach((row, p) => {
          const total = four ? apply("f32x4.add", [row[v], four]) : row[v];
          const to = { region, address, offsetBytes: p * apartBytes + 16 * v };
          const y = b.let("y4", clampFloats(constants, total, range));
          storeBytes(b, to, y, (some - 4 * v) * 4);
        });
      });
    },
    code: [],
  };
}

/** int8: sums start from the bias, are rescaled channel by channel, and narrowed. */
function finishBytes(
  { name, constants, outputs: [{ region }] }: Layer,
  operation: WeightedOperation,
): FinishSums {
  const { input, weights, bias, output, activation } = operation;
  const channels = weights.shape[0];
  const zeroPoint = zeroPointOf(output);
  const range = outputRange(activation, output);
  const rescale = prepareRescale(constants, {
    factors: channelFactors(operation),
    bias: bias === undefined ? new Array<number>(channels).fill(0) : Array.from(numbersOf(bias)),
    products: productBounds(numbersOf(weights), { channels, most: largestCentred(input) }),
  });
  const factors = constants.place(`${name}_factors`, rescale.constants);
  const groupAt = (group: Value, v: number) => ({
    region: factors,
    address: add(start(factors), mul(group, rescale.groupBytes)),
    offsetBytes: v * rescale.groupBytes,
  });
  return {
    begin: (b, { pixels, vectors, group }) =>
      beginAt(b, { pixels, vectors }, (v) => rescale.bias(groupAt(group, v))),
    store: (b, sums, { address, apartBytes, channels: some, group }) => {
      const scaled = sums[0].map((_, v) => {
        const at = groupAt(group, v);
        const fixed = { ...at, address: b.let("factors", at.address) };
        return rescale.apply(b, sums.map((row) => row[v]), fixed);
      });
      sums.forEach((row, p) => {
        const results = row.map((_, v) => scaled[v][p]);
        const bytes = b.let("bytes", narrowToInt8(constants, results, { zeroPoint, range }));
        storeBytes(b, { region, address, offsetBytes: p * apartBytes }, bytes, Math.min(some, 16));
      });
    },
    code: rescale.code,
  };
}

function beginAt(
  b: KernelBuilder,
  { pixels, vectors }: { readonly pixels: number; readonly vectors: number },
  from: (vector: number) => Value,
): readonly (readonly Value[])[] {
  const firsts = Array.from({ length: vectors }, (_, v) => b.let("start", from(v)));
  return Array.from({ length: pixels }, () => firsts.map((first) => b.let("sum", first)));
}
