import type { Region, Value } from "../../../kernel/kernel.ts";
import type { KernelBuilder } from "../../../kernel/kernel_builder.ts";
import { add, constant, mul } from "../../../kernel/values.ts";
import type { Filters } from "./emit_outputs.ts";
import { insideImage } from "./im2col.ts";
import type { ElementType, Numbers } from "./layer_numbers.ts";
import { scalarDot } from "./scalar_dot.ts";
import type { SumArithmetic } from "./sum_arithmetic.ts";
import type { WindowNumbers } from "./window_layer.ts";
import { meetsPadding, type Pixels } from "./window_loops.ts";

/** Where weights lie and how far apart they are. */
export interface WeightNumbers extends WindowNumbers {
  readonly weights: number;
  readonly tapBytes: number;
  readonly filterBytes: number;
}

/** What the sums of a window are made of. */
export interface WindowSums {
  readonly image: Region;
  readonly imageType: ElementType;
  readonly weights: Region;
  readonly weightType: ElementType;
  readonly arithmetic: SumArithmetic;
  readonly isDepthwise: boolean;
  readonly unroll: number;
  /** Columns of int16 of these windows, in place of the image. */
  readonly columns: { readonly region: Region; readonly address: Value } | null;
  /** Taps in padding are found by a test; else they are not among those handed over. */
  readonly tests: boolean;
}

/** Sums of some pixels and filters, in variables: `[pixel][filter]`. */
export function windowSums(
  b: KernelBuilder,
  n: Numbers<WeightNumbers>,
  windows: WindowSums,
  { pixels, filters }: { readonly pixels: Pixels; readonly filters: Filters },
): readonly (readonly Value[])[] {
  const { arithmetic } = windows;
  const sums = Array.from(
    { length: pixels.count },
    () => Array.from({ length: filters.count }, () => b.let("sum", arithmetic.zero)),
  );
  const place = { sums, pixels, filters };
  if (windows.columns === null) addTaps(b, n, windows, place);
  else addColumns(b, n, { ...windows, columns: windows.columns }, place);
  return sums;
}

interface Place {
  readonly sums: readonly (readonly Value[])[];
  readonly pixels: Pixels;
  readonly filters: Filters;
}

/** Tap by tap, from the image. */
function addTaps(
  b: KernelBuilder,
  n: Numbers<WeightNumbers>,
  { image, imageType, weights, weightType, arithmetic, isDepthwise, unroll, tests }: WindowSums,
  { sums, pixels, filters }: Place,
): void {
  const meets = meetsPadding(n);
  const depth = isDepthwise ? constant(1) : n.depth;
  const groupBytes = mul(mul(filters.group, depth), imageType.bytes);
  const from = b.let("x_group", add(pixels.x, groupBytes));
  const filter = b.let("w_filter", add(n.weights, mul(filters.first, n.filterBytes)));
  const tapRows = pixels.tapRows(from);
  b.for("kh", pixels.rows, (kh) => {
    b.for("kw", pixels.columns, (kw) => {
      const [down, right] = [mul(kh, n.dilationH), mul(kw, n.dilationW)];
      const multiply = () => {
        const x = b.let("x_tap", add(tapRows.at(kh), mul(right, n.pixelBytes)));
        const tap = mul(add(mul(kh, n.kernelWidth), kw), n.tapBytes);
        const w = b.let("w_tap", add(filter, tap));
        scalarDot(b, {
          sums,
          x: {
            region: image,
            load: imageType.load,
            pointer: x,
            stepBytes: constant(imageType.bytes),
            apartBytes: 0,
          },
          w: {
            region: weights,
            load: weightType.load,
            pointer: w,
            stepBytes: constant(weightType.bytes),
            apartBytes: n.filterBytes,
          },
          length: depth,
          unroll,
          arithmetic,
        });
      };
      const inside = tests
        ? insideImage(n, meets, {
          row: add(pixels.row, down),
          column: add(pixels.column, right),
        })
        : null;
      if (inside === null) multiply();
      else b.if(inside, multiply);
    });
    tapRows.goOn();
  });
}

/** One run through the columns: all channels of all taps, or one channel of each tap. */
function addColumns(
  b: KernelBuilder,
  n: Numbers<WeightNumbers>,
  { weights, weightType, arithmetic, isDepthwise, unroll, columns }: WindowSums & {
    readonly columns: NonNullable<WindowSums["columns"]>;
  },
  { sums, filters }: Place,
): void {
  const taps = mul(n.kernelHeight, n.kernelWidth);
  const columnBytes = mul(mul(taps, n.pixelBytes), 2);
  const first = isDepthwise ? mul(filters.group, 2) : 0;
  scalarDot(b, {
    sums,
    x: {
      region: columns.region,
      load: "i32.load16_s",
      pointer: b.let("x", add(columns.address, first)),
      stepBytes: isDepthwise ? mul(n.pixelBytes, 2) : constant(2),
      apartBytes: columnBytes,
    },
    w: {
      region: weights,
      load: weightType.load,
      pointer: b.let("w", add(n.weights, mul(filters.first, n.filterBytes))),
      stepBytes: isDepthwise ? n.tapBytes : constant(weightType.bytes),
      apartBytes: n.filterBytes,
    },
    length: isDepthwise ? taps : mul(taps, n.depth),
    unroll,
    arithmetic: { ...arithmetic, centred: (x) => x },
  });
}
