import type { Region, Value } from "../../../kernel/kernel.ts";
import type { KernelBuilder } from "../../../kernel/kernel_builder.ts";
import { add, apply, constant, mul, sub } from "../../../kernel/values.ts";
import type { SlidingWindow } from "../../../plan/sliding_window.ts";
import type { ConstantPool } from "../../constant_pool.ts";
import type { Layer, LayerKernel } from "../../layer.ts";
import { outputRange } from "../../reference/clamp.ts";
import { zeroPointOf } from "../../reference/expect.ts";
import {
  channelwiseGroups,
  channelwiseRemarks,
  channelwiseSplit,
  emitChannelwise,
  pixelsTogether,
} from "../channelwise/channelwise.ts";
import { loadPart } from "../channelwise/pixel_store.ts";
import { clampInt8, narrowToInt8 } from "../vectors/quantized_vectors.ts";
import { layerWindow, openKernel } from "../walk/open_kernel.ts";
import type { RowTile } from "../walk/row_tiles.ts";

/** Windows of at most so many elements are read without loops. */
const UNROLLED_TAPS = 16;

/** Sums of so many int8 fit in int16. */
const MOST_IN_INT16 = 255;

/** Sums of so many int8 are exact as float32. */
const MOST_IN_FLOAT32 = 2 ** 16;

/** AVERAGE_POOL_2D and MAX_POOL_2D of int8: vectors of channels, window by window. */
export function poolInt8(layer: Layer): LayerKernel | null {
  const { operator, constants, step, inputs: [input], outputs: [output] } = layer;
  if (operator.op !== "AVERAGE_POOL_2D" && operator.op !== "MAX_POOL_2D") return null;
  if (input?.tensor.dtype !== "int8" || output.tensor.dtype !== "int8") return null;
  const window = layerWindow(layer)!;
  const { kernelHeight, kernelWidth } = window;
  const taps = kernelHeight * kernelWidth;
  const isMax = operator.op === "MAX_POOL_2D";
  if (!isMax && taps > MOST_IN_FLOAT32) return null;
  const range = outputRange(operator.attributes.activation, output.tensor);
  const pixels = pixelsTogether(layer, taps <= UNROLLED_TAPS ? 2 : 1);
  const widest = isMax ? 16 : 8;
  const families = channelwiseGroups(layer, { channels: window.inputPixelBytes, widest });
  const pad = step.foldedPadding === null ? null : zeroPointOf(input.tensor);

  const kernel = openKernel(layer);
  const { b } = kernel;
  const split = channelwiseSplit(layer, { window, families });
  emitChannelwise(kernel, layer, {
    window,
    families,
    pixels,
    split,
    splitsWholeRows: true,
    emit: (tile, { family: { width } }) =>
      Array.from({ length: tile.count }, (_, pixel) => {
        const place = { tile, pixel, window, input: input.region, width };
        const vector = isMax
          ? clampInt8(constants, maximum(b, constants, { ...place, pad }), range)
          : narrowToInt8(constants, averages(b, constants, { ...place, pad }), {
            zeroPoint: 0,
            range,
          });
        const offsetBytes = pixel * window.outputPixelBytes;
        return { address: tile.y, offsetBytes, vector: b.let("bytes", vector), firstByte: 0 };
      }),
  });
  return {
    kernel: `${isMax ? "max" : "average"} int8 ${kernelHeight}x${kernelWidth} ${
      families[0].width
    }ch`,
    remarks: [
      ...channelwiseRemarks(layer, { families, pixels, split }),
      ...taps <= UNROLLED_TAPS ? [`unroll taps by ${taps}`] : [],
    ],
    code: [b.finish(layer.name)],
    isParallel: split !== "none",
  };
}

/** A window of channels in memory. */
interface Place {
  readonly tile: RowTile;
  /** Which pixel of the tile. */
  readonly pixel: number;
  readonly window: SlidingWindow;
  readonly input: Region;
  readonly width: number;
  /** What stands around the image and counts as elements (a PAD the pool does itself), or null. */
  readonly pad: number | null;
}

function maximum(b: KernelBuilder, constants: ConstantPool, place: Place): Value {
  const { input, width, pad, window: { kernelWidth } } = place;
  const isCut = place.tile.rows !== null || columnsOf(place).count < kernelWidth;
  const most = b.let("most", constants.splat8(isCut && pad !== null ? pad : -128));
  forEachElement(b, place, (address, offsetBytes) => {
    const x = loadPart(b, { region: input, address, offsetBytes }, width);
    b.set(most, apply("i8x16.max_s", [most, x]));
  });
  return most;
}

/** Means of up to eight channels as int32, halves away from zero. */
function averages(b: KernelBuilder, constants: ConstantPool, place: Place): readonly Value[] {
  const { input, width, pad, tile: { rows }, window: { kernelHeight, kernelWidth } } = place;
  const taps = kernelHeight * kernelWidth;
  const { count: columns } = columnsOf(place);
  const found = mul(rows === null ? kernelHeight : sub(rows.until, rows.from), columns);
  const count = pad === null ? found : constant(taps);
  const start = pad === null ? constant(0) : mul(sub(taps, found), pad);
  const fits = taps <= MOST_IN_INT16;
  const vectors = width > 4 ? 2 : 1;
  const sums = Array.from({ length: fits ? 1 : vectors }, () => (
    b.let("sum", splat(constants, fits ? "i16x8" : "i32x4", start))
  ));
  forEachElement(b, place, (address, offsetBytes) => {
    const at = { region: input, address, offsetBytes };
    const wide = width === 8
      ? b.load("i16x8.load8x8_s", at)
      : apply("i16x8.extend_low_i8x16_s", [loadPart(b, at, width)]);
    if (fits) return b.set(sums[0], apply("i16x8.add", [sums[0], wide]));
    const x = b.let("x8", wide);
    sums.forEach((sum, v) => b.set(sum, apply("i32x4.add", [sum, half(x, v)])));
  });
  const wide = fits
    ? Array.from({ length: vectors }, (_, v) => b.let("sum", half(sums[0], v)))
    : sums;
  if (isConstant(count, 1)) return wide;
  const rounding = b.let("half", splat(constants, "i32x4", apply("i32.shr_u", [count, 1])));
  const divisor = b.let("count", splatFloat(constants, count));
  return wide.map((sum) => {
    const isPositive = apply("i32x4.gt_s", [sum, constants.splat32(0)]);
    const away = apply("v128.bitselect", [rounding, apply("i32x4.neg", [rounding]), isPositive]);
    const rounded = apply("f32x4.convert_i32x4_s", [apply("i32x4.add", [sum, away])]);
    // The quotient of integers below 2^24 is never rounded up to the next integer.
    return apply("i32x4.trunc_sat_f32x4_s", [apply("f32x4.div", [rounded, divisor])]);
  });
}

function half(x: Value, v: number): Value {
  return apply(v === 0 ? "i32x4.extend_low_i16x8_s" : "i32x4.extend_high_i16x8_s", [x]);
}

function isConstant(value: Value, wanted: number): boolean {
  return value.kind === "constant" && value.value === wanted;
}

function splat(constants: ConstantPool, type: "i16x8" | "i32x4", value: Value): Value {
  if (value.kind !== "constant") return apply(`${type}.splat`, [value]);
  const number = Number(value.value);
  return type === "i16x8" ? constants.splat16(number) : constants.splat32(number);
}

function splatFloat(constants: ConstantPool, value: Value): Value {
  if (value.kind === "constant") return constants.splatF32(Number(value.value));
  return apply("f32x4.convert_i32x4_s", [apply("i32x4.splat", [value])]);
}

/** The columns of the window that lie in the image, counted as those of the tile. */
function columnsOf({ tile: { columns }, pixel, window }: Place) {
  const first = pixel * window.strideW;
  const from = Math.max(columns.from, first);
  const until = Math.min(columns.until, first + window.kernelWidth);
  return { from, count: Math.max(0, until - from) };
}

/** All elements of the window that lie in the image, as pointer and offset. */
function forEachElement(
  b: KernelBuilder,
  place: Place,
  body: (address: Value, offsetBytes: number) => void,
): void {
  const { tile: { x, mover, rowDistances, rows, columns }, window } = place;
  const { kernelHeight, kernelWidth, inputPixelBytes } = window;
  const { from, count } = columnsOf(place);
  const firstByte = (from - columns.from) * inputPixelBytes;
  if (rows === null && kernelHeight * kernelWidth <= UNROLLED_TAPS) {
    for (const distance of rowDistances) {
      const [from, rowByte] = typeof distance === "number"
        ? [x, distance]
        : [b.let("x_row", add(x, distance)), 0];
      for (let kw = 0; kw < count; kw++) body(from, rowByte + firstByte + kw * inputPixelBytes);
    }
    return;
  }
  const row = b.let("x_row", x);
  const goOn = mover(row);
  b.for("kh", rows ?? { from: 0, until: kernelHeight }, () => {
    if (count <= UNROLLED_TAPS) {
      for (let kw = 0; kw < count; kw++) body(row, firstByte + kw * inputPixelBytes);
    } else {
      const end = b.let("x_end", add(row, firstByte + count * inputPixelBytes));
      const step = inputPixelBytes;
      const bounds = { from: add(row, firstByte), until: end, step, atLeastOnce: true };
      b.for("x", bounds, (at) => body(at, 0));
    }
    goOn();
  });
}
