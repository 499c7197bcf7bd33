import type { Region, Value } from "../../../kernel/kernel.ts";
import { type At, KernelBuilder, start } from "../../../kernel/kernel_builder.ts";
import { max, min, mul, type Operand } from "../../../kernel/values.ts";
import type { Layer, LayerKernel } from "../../layer.ts";
import { copyWords, fillWords } from "../movement/copy_bytes.ts";

/**
 * A kernel of an operator on signals: scalars, on the first thread. Frames are short, and most
 * operators go from one element to the next.
 */
export function signalKernel(
  layer: Layer,
  what: string,
  write: (b: KernelBuilder) => void,
): LayerKernel {
  const b = new KernelBuilder();
  b.parameter("thread");
  write(b);
  return { kernel: `${what} scalar`, remarks: [], code: [b.finish(layer.name)], isParallel: false };
}

/** An element of a region by its index. */
export function elementAt(region: Region, index: Operand, elementBytes: number): At {
  return { region, address: mul(index, elementBytes), isIndex: true };
}

/** Fills the bytes of a region between two with zeros; none if there are none. */
export function fillZeros(
  b: KernelBuilder,
  region: Region,
  { from, until }: { readonly from: number; readonly until: number },
): void {
  if (until <= from) return;
  fillWords(b, { to: byteOf(region, from), bytes: until - from, byte: 0 });
}

/** Moves bytes from a byte of one region to that of another, forwards; none if there are none. */
export function moveBytes(
  b: KernelBuilder,
  { from, to, bytes }: {
    readonly from: readonly [Region, number];
    readonly to: readonly [Region, number];
    readonly bytes: number;
  },
): void {
  if (bytes > 0) copyWords(b, { from: byteOf(...from), to: byteOf(...to), bytes });
}

/** A byte of a region. */
export function byteOf(region: Region, byte = 0): At {
  return { region, address: start(region, byte) };
}

/** The value within the range of int16. */
export function saturate16(b: KernelBuilder, value: Value): Value {
  return min(max(b.let("x", value), -32768), 32767);
}
