import type { KernelCode, Value } from "../../../kernel/kernel.ts";
import { KernelBuilder } from "../../../kernel/kernel_builder.ts";
import { add, apply, max, min, mul, sub } from "../../../kernel/values.ts";
import { forBlocks, load, plus, single, store, times, type VectorBytes, zeros } from "./vectors.ts";

/** Columns of a filter, and stride, for which a kernel is written out, and its widest vectors. */
export interface DepthwiseCase {
  readonly columns: number;
  readonly stride: number;
  readonly widest: VectorBytes;
}

/**
 * From one pixel to the next in a block of channels that was copied out of an image or a filter: a
 * cache line. A block of an image stays in the fastest cache, and places in it are constants.
 */
export const BLOCK_PIXEL_BYTES = 64;

/**
 * Depthwise convolution of a block of channels of one image that has its border of zeros already,
 * with a filter of `rows` rows. A row of the filter and a tile of output pixels stay in registers,
 * and each input column is loaded once for all of them. `x` and `w` are blocks; `y` has strides.
 * Of the rows of `x`, `above` are border, then `inside` are not: the rest is passed over.
 */
export function depthwiseKernel(
  name: string,
  { columns, stride, widest }: DepthwiseCase,
): KernelCode {
  const b = new KernelBuilder();
  const [x, xRow, above, inside, w, rows, y, yRow, yPixel, height, width, bytes, accumulates] = [
    "x",
    "x_row",
    "above",
    "inside",
    "w",
    "rows",
    "y",
    "y_row",
    "y_pixel",
    "height",
    "width",
    "bytes",
    "accumulates",
  ].map((each) => b.parameter(each));
  b.for("oy", { until: height }, (oy) => {
    const top = b.let("top", mul(oy, stride));
    const firstRow = b.let("first_row", max(0, sub(above, top)));
    const lastRow = b.let("last_row", min(rows, sub(add(above, inside), top)));
    const xStart = b.let("x_start", add(x, mul(add(top, firstRow), xRow)));
    const wStart = b.let("w_start", add(w, mul(firstRow, columns * BLOCK_PIXEL_BYTES)));
    const yStart = b.let("y_start", add(y, mul(oy, yRow)));
    forTiles(b, { width, tile: tileOf(columns) }, (pixels) => {
      forBlocks(b, { until: bytes, blocks: single(widest) }, (c, { bytes: size }) => {
        const sums = Array.from({ length: pixels }, (_, p) => b.let(`sum${p}`, zeros(size)));
        b.if(accumulates, () => {
          walk(b, add(yStart, c), { step: yPixel, count: pixels }).forEach((place, p) =>
            b.set(sums[p], load(place(), size))
          );
        });
        const xLine = b.let("x_line", add(xStart, c));
        const wLine = b.let("w_line", add(wStart, c));
        b.for("row", { from: firstRow, until: lastRow }, () => {
          const weights = Array.from(
            { length: columns },
            (_, kw) => b.let(`w${kw}`, load(blockPixel(wLine, kw), size)),
          );
          for (let column = 0; column < (pixels - 1) * stride + columns; column++) {
            const used = sums.flatMap((sum, p) => {
              const weight = weights[column - p * stride];
              return weight === undefined ? [] : [{ sum, weight }];
            });
            const value = b.let("column", load(blockPixel(xLine, column), size));
            for (const { sum, weight } of used) {
              b.set(sum, plus(sum, times(value, weight)));
            }
          }
          b.advance(xLine, xRow);
          b.advance(wLine, columns * BLOCK_PIXEL_BYTES);
        });
        walk(b, add(yStart, c), { step: yPixel, count: pixels }).forEach((place, p) =>
          store(b, place(), sums[p])
        );
      });
      b.advance(xStart, pixels * stride * BLOCK_PIXEL_BYTES);
      b.advance(yStart, mul(yPixel, pixels));
    });
  });
  return b.finish(name);
}

/**
 * Adds the gradient of a depthwise convolution's weights, of a block of channels of one image with
 * its border of zeros. `x` is a block with `above` and `inside` as for the convolution; `dw` and `dy`
 * have strides.
 */
export function depthwiseWeightsKernel(
  name: string,
  { columns, stride, widest }: DepthwiseCase,
): KernelCode {
  const b = new KernelBuilder();
  const [x, xRow, above, inside, dw, wRow, wTap, dy, dyPixel, height, width, bytes] = [
    "x",
    "x_row",
    "above",
    "inside",
    "dw",
    "w_row",
    "w_tap",
    "dy",
    "dy_pixel",
    "height",
    "width",
    "bytes",
  ].map((each) => b.parameter(each));
  const together = rowsTogether(columns);
  const strides = (pixels: Value) =>
    apply("i32.shr_s", [add(max(0, pixels), stride - 1), Math.log2(stride)]);
  b.for("row", { until: columns, step: together }, (row) => {
    // The rows of dy whose window has these rows of the filter inside of the image.
    const firstY = b.let("first_y", strides(sub(sub(above, row), together - 1)));
    const lastY = b.let("last_y", min(height, strides(sub(add(above, inside), row))));
    forBlocks(b, { until: bytes, blocks: single(widest) }, (c, { bytes: size }) => {
      const places = (from: Value) =>
        Array.from(
          { length: together },
          (_, r) =>
            walk(b, add(add(from, c), mul(add(row, r), wRow)), { step: wTap, count: columns }),
        );
      const sums = places(dw).map((line, r) =>
        line.map((place, kw) => b.let(`sum${r}_${kw}`, load(place(), size)))
      );
      const dyTile = b.let("dy_tile", add(add(dy, c), mul(mul(firstY, width), dyPixel)));
      b.for("oy", { from: firstY, until: lastY }, (oy) => {
        const xTile = b.let(
          "x_tile",
          add(add(x, c), mul(add(mul(oy, stride), row), xRow)),
        );
        forTiles(b, { width, tile: WEIGHTS_TILE }, (pixels) => {
          const gradients = walk(b, dyTile, { step: dyPixel, count: pixels }).map((place, p) =>
            b.let(`dy${p}`, load(place(), size))
          );
          const xLine = b.let("x_line", xTile);
          sums.forEach((line, r) => {
            if (r > 0) b.advance(xLine, xRow);
            for (let column = 0; column < (pixels - 1) * stride + columns; column++) {
              const used = line.flatMap((sum, kw) => {
                const gradient = gradients[(column - kw) / stride];
                return gradient === undefined ? [] : [{ sum, gradient }];
              });
              if (used.length === 0) continue;
              const value = b.let("column", load(blockPixel(xLine, column), size));
              for (const { sum, gradient } of used) {
                b.set(sum, plus(sum, times(value, gradient)));
              }
            }
          });
          b.advance(xTile, pixels * stride * BLOCK_PIXEL_BYTES);
          b.advance(dyTile, mul(dyPixel, pixels));
        });
      });
      places(dw).forEach((line, r) => line.forEach((place, kw) => store(b, place(), sums[r][kw])));
    });
  });
  return b.finish(name);
}

/** Pixels of a tile: as many as registers hold beside a row of the filter. */
function tileOf(columns: number): number {
  return columns > 5 ? 6 : 8;
}

/** Pixels whose gradients stay in registers beside the sums. */
const WEIGHTS_TILE = 4;

/** Rows of a filter whose sums fit into the registers together. */
function rowsTogether(columns: number): number {
  return columns === 3 ? 3 : 1;
}

function blockPixel(address: Value, index: number) {
  return { address, offsetBytes: index * BLOCK_PIXEL_BYTES };
}

/** Whole tiles, then what is left, written out for every width. */
function forTiles(
  b: KernelBuilder,
  { width, tile }: { readonly width: Value; readonly tile: number },
  body: (pixels: number) => void,
): void {
  const left = b.let("left", apply("i32.rem_u", [width, tile]));
  b.for("ox", { until: sub(width, left), step: tile }, () => body(tile));
  for (let pixels = 1; pixels < tile; pixels++) {
    b.if(apply("i32.eq", [left, pixels]), () => body(pixels));
  }
}

/** Places `step` bytes apart; each is to be used once, in order. */
function walk(
  b: KernelBuilder,
  from: Value,
  { step, count }: { readonly step: Value; readonly count: number },
) {
  const pointer = b.let("pointer", from);
  return Array.from({ length: count }, (_, i) => () => {
    if (i > 0) b.advance(pointer, step);
    return { address: pointer };
  });
}
