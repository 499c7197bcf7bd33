import type { Region, Value } from "../../../kernel/kernel.ts";
import { type At, KernelBuilder, start } from "../../../kernel/kernel_builder.ts";
import { add, apply, max, min, mul, type Operand } from "../../../kernel/values.ts";
import type { Layer, LayerKernel } from "../../layer.ts";
import { copyWords, fillWords } from "../movement/copy_bytes.ts";

/**
 * A kernel in scalars on the first thread alone: for short frames, and where one element follows from
 * the one before.
 */
export function plainKernel(
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

/** A byte of a region, behind one that the code computes. */
export function byteOf(region: Region, byte = 0, from: Value | null = null): At {
  const first = start(region, byte);
  return { region, address: from === null ? first : add(from, first) };
}

/** Gives a byte of a row in a region where rows of so many bytes follow each other from a byte on. */
export type RowOf = (region: Region, rowBytes: number, firstByte?: number) => (byte: number) => At;

/** A loop over rows. */
export function forRows(
  b: KernelBuilder,
  rows: number,
  work: (row: RowOf, index: Value) => void,
): void {
  b.for("row", { until: rows }, (index) => {
    work((region, rowBytes, firstByte = 0) => {
      const from = b.let("from", mul(index, rowBytes));
      return (byte) => byteOf(region, firstByte + byte, from);
    }, index);
  });
}

/** Moves a run of bytes, the first ones first; none if there are none. */
export function moveRun(
  b: KernelBuilder,
  run: { readonly from: At; readonly to: At; readonly bytes: number },
): void {
  if (run.bytes > 0) copyWords(b, run);
}

/** Fills a run of bytes with zeros; none if there are none. */
export function fillZeros(b: KernelBuilder, to: At, bytes: number): void {
  if (bytes > 0) fillWords(b, { to, bytes, byte: 0 });
}

/** The value within the range of int16. */
export function saturate16(b: KernelBuilder, value: Value): Value {
  return min(max(b.let("x", value), -32768), 32767);
}

/** Repeats a body as long as a condition holds. */
export function whileTrue(b: KernelBuilder, condition: () => Value, body: () => void): void {
  const isOver = b.let("is_over", apply("i32.eqz", [condition()]));
  b.goOn(isOver, { until: 1, step: 0 }, () => {
    body();
    b.set(isOver, apply("i32.eqz", [condition()]));
  });
}
