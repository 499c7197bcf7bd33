import type { KernelCode, Region, Value } from "../../../kernel/kernel.ts";
import { type KernelBuilder, start } from "../../../kernel/kernel_builder.ts";
import { add, constant, mul, sub } from "../../../kernel/values.ts";
import type { DepthwiseLayer } from "../dsp/depthwise_block.ts";
import { roleOf } from "../dsp/regions.ts";
import { fillFunction, runFunction } from "../dsp/run_function.ts";
import { rangeOf } from "../walk/index_range.ts";
import type { RowTile } from "../walk/row_tiles.ts";

/** A pixel's window. */
export interface WindowCopy {
  readonly tile: RowTile;
  /** Where the first of its columns on the image lies. */
  readonly x: Value;
  /** Columns of taps on the image. */
  readonly columns: { readonly from: number; readonly until: number };
  /** Bytes of each pixel that are copied. */
  readonly bytes: number;
  readonly to: Region;
}

/** Copies a window, zero points in place of what is beyond the image; gives the functions it calls. */
export function copyWindow(
  b: KernelBuilder,
  { layer: { inputs: [input], library }, window, channels, zeros }: DepthwiseLayer,
  { tile, x, columns: { from, until }, bytes, to: copy }: WindowCopy,
): readonly KernelCode[] {
  const { kernelHeight, kernelWidth } = window;
  const inCopy = roleOf("columns", copy);
  const code: KernelCode[] = [];
  if (tile.rows !== null || until - from < kernelWidth) {
    const sizeBytes = kernelHeight * kernelWidth * bytes;
    const fill = library.share(fillFunction(sizeBytes, inCopy), `fill${sizeBytes}`);
    code.push(fill);
    b.call(fill.name, [start(copy), constant((zeros & 0xff) * 0x01010101 | 0)]);
  }
  if (from === until) return code;
  const isWhole = bytes === channels;
  const runBytes = isWhole ? (until - from) * channels : bytes;
  const regions = { input: roleOf("input", input!.region), columns: inCopy, vectors: true };
  const run = library.share(runFunction(runBytes, regions), `run${runBytes}`);
  code.push(run);
  const row = b.let("x_row", tile.x);
  const distance = b.let("distance", sub(x, tile.x));
  const goOn = tile.mover(row);
  const rows = tile.rows ?? rangeOf(0, kernelHeight);
  b.for("kh", { from: rows.from, until: rows.until }, (kh) => {
    const offset = mul(kh, kernelWidth * bytes);
    const to = b.let("to", add(add(start(copy), from * bytes), offset));
    const runs = isWhole ? 1 : until - from;
    b.call(run.name, [add(row, distance), to, add(to, runs * runBytes), channels, runBytes]);
    goOn();
  });
  return code;
}
