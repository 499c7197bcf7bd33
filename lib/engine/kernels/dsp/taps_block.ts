import type { KernelCode, Region, Value } from "../../../kernel/kernel.ts";
import { type KernelBuilder, start } from "../../../kernel/kernel_builder.ts";
import { add, apply, constant, mul, sub } from "../../../kernel/values.ts";
import type { RowTile } from "../walk/row_tiles.ts";
import type {
  DepthwiseBlock,
  DepthwiseEmitter,
  DepthwiseLayer,
  EmitterOptions,
} from "./depthwise_block.ts";
import { gatherRowsFunction, MISSING } from "./gather_rows_function.ts";
import { packTaps, tapsBytes } from "./pack_depthwise.ts";
import { roleOf } from "./regions.ts";
import {
  rowPairBytes,
  tapsFunction,
  tapsName,
  tapsPlaneBytes,
  type TapsShape,
} from "./taps_function.ts";

/** Most output pixels whose sums registers hold. */
const MOST_PIXELS = 7;

/** Any taps next to each other, with stride 1 or 2; null for other windows. */
export function tapsBlock(of: DepthwiseLayer): DepthwiseBlock | null {
  const { window, channels, weights, finish } = of;
  const { kernelHeight, kernelWidth, strideW } = window;
  if (strideW > 2 || window.dilationW !== 1) return null;
  const layout = { kernelHeight, kernelWidth, channels, finish };
  const groupBytes = 4 * tapsBytes(layout);
  const shapeOf = (most: number, count: number): TapsShape => {
    const pixels = tileOf(most);
    return {
      kernelHeight,
      kernelWidth,
      strideW,
      columns: (most - 1) * strideW + kernelWidth,
      pixels,
      rest: count % pixels,
      hasTiles: count >= pixels,
      finish,
    };
  };
  return {
    name: `${kernelHeight}x${kernelWidth} ${tileOf(window.outputWidth)}x4 dsp ${finish.key}`,
    pairsBytes: (pixels) => 4 * tapsPlaneBytes(shapeOf(pixels, pixels)),
    packed: () => packTaps(weights, layout),
    groupBytes,
    emitter: (options) => tapsEmitter(of, { ...options, shapeOf, groupBytes }),
  };
}

/** The code of a layer: rows of pairs are gathered for four channels, then their sums computed. */
function tapsEmitter(
  of: DepthwiseLayer,
  { b, pixels: most, pairs: regionOfPairs, weights: packed, output, shapeOf, groupBytes }:
    & EmitterOptions
    & {
      readonly shapeOf: (most: number, count: number) => TapsShape;
      readonly groupBytes: number;
    },
): DepthwiseEmitter {
  const { layer: { library, inputs: [input] }, window: { kernelHeight, kernelWidth, strideW } } =
    of;
  const planeBytes = tapsPlaneBytes(shapeOf(most, most));
  const inPairs = roleOf("pairs", regionOfPairs);
  const used = new Map<string, KernelCode>();
  const share = (name: string, make: () => KernelCode) => {
    const known = used.get(name) ?? library.share(make(), name);
    used.set(name, known);
    return known.name;
  };
  const gather = () =>
    share(`gather_rows_${planeBytes}`, () =>
      gatherRowsFunction(planeBytes, {
        input: roleOf("input", input!.region),
        pairs: inPairs,
      }));
  const compute = (shape: TapsShape) =>
    share(tapsName(shape), () =>
      tapsFunction(shape, {
        pairs: inPairs,
        output: roleOf("output", output),
        weights: roleOf("weights", packed),
      }));

  return {
    compute: (tile, groups) => {
      const shape = shapeOf(most, tile.count);
      const callee = compute(shape);
      const { columns, x } = tile;
      const pairs = pairsOf(b, rowsOf(b, tile, kernelHeight));
      const span = (tile.count - 1) * strideW + kernelWidth;
      // Columns beside the image hold zero points; to fill all of them takes less code.
      if (columns.from > 0 || columns.until < span) {
        const end = start(regionOfPairs, pairs.length * rowPairBytes(shape));
        const all = MISSING.first + MISSING.second;
        b.call(gather(), [x, x, start(regionOfPairs), end, all, 0, of.zeros]);
      }
      const whole = tile.count - tile.count % shape.pixels;
      b.for("group", { until: groups.count }, (group) => {
        const from = b.let("x_group", add(groups.x, mul(group, 4)));
        pairs.forEach(({ distances, missing }, i) => {
          const rows = distances.map((distance) => add(from, distance));
          gatherPair(b, of, {
            gather,
            shape,
            pair: i,
            pairs: regionOfPairs,
            columns,
            rows,
            missing,
          });
        });
        b.call(callee, [
          start(regionOfPairs),
          add(groups.y, mul(group, 4)),
          add(groups.w, mul(group, groupBytes)),
          groups.resultBytes,
          of.outputZero,
          4 * whole,
          start(regionOfPairs, 4 * planeBytes),
          1 - groups.resultBytes * tile.count,
        ]);
      });
    },
    code: () => [...used.values()],
  };
}

/** Pairs of the columns `[from, until)` of two rows, by parity with stride 2. */
function gatherPair(
  b: KernelBuilder,
  { window, zeros }: DepthwiseLayer,
  { gather, shape, pair, pairs, columns: { from, until }, rows, missing }: {
    /** Name of the function that gathers. */
    readonly gather: () => string;
    readonly shape: TapsShape;
    readonly pair: number;
    readonly pairs: Region;
    readonly columns: { readonly from: number; readonly until: number };
    readonly rows: readonly Value[];
    readonly missing: Value | number;
  },
): void {
  const { strideW, inputPixelBytes } = window;
  for (let parity = 0; parity < strideW; parity++) {
    const first = from + (parity - from % strideW + strideW) % strideW;
    const count = Math.ceil((until - first) / strideW);
    if (count <= 0) continue;
    const place = strideW === 1
      ? first
      : parity * Math.ceil(shape.columns / 2) + Math.floor(first / 2);
    const offset = pair * rowPairBytes(shape) + 4 * place;
    const behind = (first - from) * inputPixelBytes;
    b.call(gather(), [
      ...rows.map((row) => add(row, behind)),
      start(pairs, offset),
      start(pairs, offset + 4 * count),
      missing,
      strideW * inputPixelBytes,
      zeros,
    ]);
  }
}

/** For each row of taps whether it is missing, and its distance from the first that is not. */
function rowsOf(b: KernelBuilder, { rows, x, mover }: RowTile, kernelHeight: number) {
  const current = b.let("row", x);
  const goOn = mover(current);
  return Array.from({ length: kernelHeight }, (_, row) => {
    const distance = b.let("distance", sub(current, x));
    if (rows === null) {
      goOn();
      return { missing: constant(0), distance };
    }
    const range = sub(rows.until, rows.from);
    const missing = b.let("missing", apply("i32.ge_u", [sub(row, rows.from), range]));
    b.if(apply("i32.eqz", [missing]), goOn);
    return { missing, distance };
  });
}

/** Rows two by two, the last one of an odd number with none beside it. */
function pairsOf(b: KernelBuilder, rows: ReturnType<typeof rowsOf>) {
  return Array.from({ length: Math.ceil(rows.length / 2) }, (_, i) => {
    const [first, second] = [rows[2 * i], rows[2 * i + 1] ?? null];
    const beside = second === null ? constant(MISSING.second) : mul(second.missing, MISSING.second);
    return {
      distances: [first.distance, second?.distance ?? first.distance],
      missing: b.let("missing", add(mul(first.missing, MISSING.first), beside)),
    };
  });
}

/** Pixels of a tile: all of a narrow row, else so many that tiles of a row are alike. */
function tileOf(width: number): number {
  if (width <= MOST_PIXELS) return width;
  for (let pixels = MOST_PIXELS; pixels > 3; pixels--) if (width % pixels === 0) return pixels;
  return Math.ceil(width / Math.ceil(width / MOST_PIXELS));
}
