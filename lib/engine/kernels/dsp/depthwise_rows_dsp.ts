import type { KernelCode } from "../../../kernel/kernel.ts";
import { start } from "../../../kernel/kernel_builder.ts";
import { add, apply, mul, sub } from "../../../kernel/values.ts";
import type { SlidingWindow } from "../../../plan/sliding_window.ts";
import type { LayerKernel } from "../../layer.ts";
import { rangeOf } from "../walk/index_range.ts";
import { openKernel } from "../walk/open_kernel.ts";
import { columnsInImage } from "../walk/row_tiles.ts";
import { forColumnTiles } from "../walk/window_columns.ts";
import { rowMode } from "./depthwise3_function.ts";
import { TILE_COLUMNS, twoRowsFunction, twoRowsName } from "./depthwise3_rows_function.ts";
import { type DepthwiseLayer, fillColumns } from "./depthwise_block.ts";
import { packTwoRows } from "./pack_depthwise.ts";
import { roleOf, scratchFor } from "./regions.ts";

/**
 * 3 x 3 taps with stride 1, two rows at a time, which share what they read; null where rows are asked
 * for one by one, or are an odd number.
 */
export function depthwiseRowsDsp(of: DepthwiseLayer): LayerKernel | null {
  const { layer, window, channels, finish } = of;
  const { inputs: [input], outputs: [output], step, call, library, constants } = layer;
  if (!hasTwoRows(window) || step.form !== "plain" || call !== null) return null;
  const place = placeOf(of);
  if (place === null) return null;
  const { pixels, planeBytes, pairs } = place;
  const bytes = packTwoRows(of.weights, { channels, finish });
  const packed = constants.place(`${layer.name}_weights`, bytes, { alignmentBytes: 4 });
  const regions = {
    input: roleOf("input", input!.region),
    output: roleOf("output", output.region),
    weights: roleOf("weights", packed),
    pairs: roleOf("pairs", pairs),
  };
  const modes = modesOf(window);
  const used = new Map<string, KernelCode>();
  const functionFor = (count: number) => {
    const [hasRest, hasTiles] = [count % TILE_COLUMNS > 0, count >= TILE_COLUMNS];
    const shape = { hasRest, hasTiles, planeBytes, modes, finish };
    const name = twoRowsName(shape);
    const known = used.get(name) ?? library.share(twoRowsFunction(shape, regions), name);
    used.set(name, known);
    return known.name;
  };
  const lineBytes = window.inputWidth * channels;
  const resultLine = window.outputWidth * channels;
  const { b } = openKernel(layer);
  b.for("pair", { until: window.outputHeight / 2 }, (pair) => {
    const row = b.let("row", mul(pair, 2));
    const top = b.let("top", sub(row, window.top));
    const x = b.let("x_line", add(start(input!.region, lineBytes), mul(top, lineBytes)));
    const y = b.let("y_line", add(start(output.region), mul(row, resultLine)));
    const isLast = apply("i32.ge_s", [add(top, 3), window.inputHeight]);
    const mode = modes.length === 1
      ? modes[0]
      : b.let("mode", add(apply("i32.shr_u", [top, 31]), mul(isLast, rowMode.isLastMissing)));
    const columns = rangeOf(0, window.outputWidth);
    const tiles = { window, pixels, isReverse: false, columns };
    forColumnTiles(b, tiles, ({ column, count, firstColumn }) => {
      const there = firstColumn === null
        ? { from: 0, until: count + 2 }
        : columnsInImage(window, firstColumn, count);
      fillColumns(b, { pairs, planeBytes, zeros: of.zeros, from: 0, until: there.from });
      fillColumns(b, { pairs, planeBytes, zeros: of.zeros, from: there.until, until: count + 2 });
      const tileBytes = 8 * (count - count % TILE_COLUMNS);
      b.call(functionFor(count), [
        add(x, mul(add(column, there.from - window.left), channels)),
        add(y, mul(column, channels)),
        start(packed),
        start(packed, bytes.length),
        start(pairs),
        start(pairs, 8 * there.from),
        start(pairs, 8 * there.until),
        lineBytes,
        mode,
        channels,
        channels,
        resultLine,
        of.zeros,
        of.outputZero,
        tileBytes,
        start(pairs, 4 * planeBytes),
        planeBytes - tileBytes,
        // A column too many is counted where there is a rest.
        1 - channels * (count + count % TILE_COLUMNS),
      ]);
    });
  });
  return {
    kernel: `depthwise int8 3x3 2x2x4 dsp ${finish.key}`,
    remarks: ["tile rows by 2", `tile pixels by ${TILE_COLUMNS}`, "tile channels by 4"],
    code: [b.finish(layer.name), ...used.values()],
    isParallel: false,
  };
}

function hasTwoRows(window: SlidingWindow): boolean {
  const { kernelHeight, kernelWidth, strideH, strideW, dilationH, dilationW, top, left } = window;
  return kernelHeight === 3 && kernelWidth === 3 && strideH === 1 && strideW === 1 &&
    dilationH === 1 && dilationW === 1 && top <= 1 && left <= 1 && window.batches === 1 &&
    window.outputHeight % 2 === 0 && window.outputHeight - top < window.inputHeight;
}

function modesOf({ outputHeight, top, inputHeight }: SlidingWindow): readonly number[] {
  const modes = Array.from({ length: outputHeight / 2 }, (_, pair) => {
    const first = 2 * pair - top;
    return (first < 0 ? rowMode.isFirstMissing : 0) +
      (first + 3 >= inputHeight ? rowMode.isLastMissing : 0);
  });
  return [...new Set(modes)].toSorted((a, b) => a - b);
}

/** As many columns at a time as there is memory for. */
function placeOf({ layer, window }: DepthwiseLayer) {
  for (let parts = 1; parts <= window.outputWidth; parts++) {
    const pixels = Math.ceil(window.outputWidth / parts);
    const planeBytes = Math.max(64, 2 ** Math.ceil(Math.log2(8 * (pixels + 2))));
    const pairs = scratchFor(layer, 4 * planeBytes);
    if (pairs !== null) return { pixels, planeBytes, pairs };
  }
  return null;
}
