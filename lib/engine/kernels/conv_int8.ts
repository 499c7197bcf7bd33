import type { Region, Value } from "../../codegen/kernel/kernel.ts";
import { KernelBuilder, start } from "../../codegen/kernel/kernel_builder.ts";
import { add, apply, mul, sub } from "../../codegen/kernel/values.ts";
import { outputPixels } from "../../plan/read_extent.ts";
import type { SlidingWindow } from "../../plan/sliding_window.ts";
import { channelFactors } from "../reference/arithmetic.ts";
import { outputRange } from "../reference/clamp.ts";
import { zeroPointOf } from "../reference/expect.ts";
import type { Layer, LayerKernel } from "../layer.ts";
import { dotRun, type Sums } from "./dot_block.ts";
import { type ChannelBlock, channelBlocks, packWeights } from "./pack_weights.ts";
import { prepareRescale } from "./rescale.ts";
import { storeBytes } from "./store_bytes.ts";
import { numbersOf, productBounds } from "./weights.ts";
import {
  asRange,
  clipsRows,
  insideColumns,
  isClipped,
  loop,
  type Range,
  share,
  tapFrom,
  tapUntil,
  windowOfLayer,
} from "./window_bounds.ts";

/** How large a block of sums is held in registers. */
export interface ConvTile {
  /** Pixels computed together. */
  readonly pixels: number;
  /** Vectors of four channels computed together. */
  readonly vectors: number;
}

/** Measured: 8 sums with 2 broadcasts for 4 vectors of weights; a single pixel wants more channels. */
function tileFor({ window, filters }: { window: SlidingWindow; filters: number }): ConvTile {
  const isSingle = outputPixels(window) === 1;
  return isSingle && filters >= 32 ? { pixels: 1, vectors: 8 } : { pixels: 2, vectors: 4 };
}

/**
 * CONV_2D and FULLY_CONNECTED of int8: pixels by channels in registers, straight from the image
 * (its rows are runs of `Kw C` elements, no im2col), rescaled and stored as they are finished.
 */
export function convInt8(layer: Layer, given?: ConvTile): LayerKernel | null {
  const shape = shapeOf(layer);
  if (shape === null) return null;
  const tile = given ?? tileFor(shape);
  const { step, constants, inputs, outputs: [output], threads } = layer;
  const [input, weightsOperand, biasOperand] = inputs;
  const weights = numbersOf(weightsOperand!.tensor);
  const { window, channels, filters, depth } = shape;
  const zeroPoint = zeroPointOf(input!.tensor);
  const bias = biasOperand
    ? Array.from(numbersOf(biasOperand.tensor))
    : new Array<number>(filters).fill(0);
  const clips = isClipped(window);
  const folded = clips
    ? bias
    : bias.map((start, o) => start - zeroPoint * sumOf(weights, o, depth));
  // Weights that are read once a run cost memory traffic only.
  const weightBytes = outputPixels(window) === 1 ? 1 : 2;
  const rescale = prepareRescale(constants, {
    factors: factorsOf(layer),
    bias: folded,
    mayDoubleWeights: weightBytes === 2,
    products: productBounds(weights, { channels: filters, most: clips ? 255 : 128 }),
  });
  const pixels = Math.min(tile.pixels, step.pixelsAtOnce ?? tile.pixels);
  const blocks = channelBlocks(filters, tile.vectors);
  const { kernelHeight, kernelWidth } = window;
  const isContiguous = window.dilationW === 1 || kernelWidth === 1;
  const whole = isContiguous ? kernelWidth * channels : channels;
  const runsPerRow = isContiguous ? 1 : kernelWidth;
  const place = (name: string, runLength: number) => {
    const runs = depth / runLength;
    const layout = { blocks, runs, runLength, factor: rescale.weightFactor };
    return constants.place(name, packWeights(weights, { ...layout, elementBytes: weightBytes }));
  };
  const main = place(`${layer.name}_weights`, whole);
  // Runs of an odd number of elements pair the last of one tap with the first of the next.
  const needsTaps = clips && kernelWidth > 1 && isContiguous && channels % 2 === 1;
  const taps = needsTaps ? place(`${layer.name}_taps`, channels) : main;
  const groups = constants.place(`${layer.name}_rescale`, rescale.constants);

  const b = new KernelBuilder();
  const thread = b.parameter("thread");
  const range = outputRange(shape.activation, output.tensor);
  const outputZero = zeroPointOf(output.tensor);
  const isReverse = step.direction === "reverse";
  const zero = clips && zeroPoint !== 0 ? constants.splat16(zeroPoint) : null;

  /** Sums and stores `pixels` neighbours; `x` is where tap (0, 0) of the first one lies. */
  function emitPixels(
    count: number,
    { x, y, rows, columns, blockRange }: {
      readonly x: Value;
      readonly y: Value;
      readonly rows: Range;
      /** Null: all taps of a row, one run after the other. */
      readonly columns: Range | null;
      readonly blockRange: Range;
    },
  ): void {
    const packed = columns === null ? main : taps;
    const runLength = columns === null ? whole : channels;
    const runs = columns === null ? runsPerRow : kernelWidth;
    const pairs = Math.ceil(runLength / 2);

    const emitBlock = (block: ChannelBlock, index: Value | number) => {
      const pairBytes = block.vectors * 8 * weightBytes;
      const blockBytes = kernelHeight * runs * pairs * pairBytes;
      const fullBytes = kernelHeight * runs * pairs * tile.vectors * 8 * weightBytes;
      const wBlock = add(start(packed), mul(index, fullBytes));
      const group = b.let(
        "group",
        add(start(groups), mul(index, rescale.groupBytes * tile.vectors)),
      );
      const at = (v: number) => ({
        region: groups,
        address: group,
        offsetBytes: v * rescale.groupBytes,
      });
      const sums: Value[][] = Array.from({ length: count }, () => []);
      for (let v = 0; v < block.vectors; v++) {
        const first = b.let(`sum0_${v}`, rescale.bias(at(v)));
        sums.forEach((row, p) => row.push(p === 0 ? first : b.let(`sum${p}_${v}`, first)));
      }
      const group_ = {
        region: input!.region,
        pixels: count,
        strideBytes: window.strideW * channels,
        weightBytes,
        zeroPoint: zero,
      } as const;
      const rowBytes = blockBytes / kernelHeight;
      const dot = (from: Value, w: Value, length: number) =>
        dotRun(b, { sums, x: from, w, weights: packed, group: group_, length });
      const w = b.let("w", add(wBlock, mul(rows.from, rowBytes)));
      const rowX = b.let("x_row", add(x, mul(rows.from, window.dilationH * lineBytes)));
      b.for("kh", { from: rows.from, until: rows.until }, () => {
        if (columns === null) {
          for (let run = 0; run < runs; run++) {
            dot(add(rowX, run * window.dilationW * channels), w, runLength);
          }
        } else {
          const tapBytes = pairs * pairBytes;
          const wTap = b.let("w_tap", add(w, mul(columns.from, tapBytes)));
          const xTap = b.let("x_tap", add(rowX, mul(columns.from, window.dilationW * channels)));
          b.for("kw", { from: columns.from, until: columns.until }, () => {
            dot(xTap, wTap, runLength);
            b.advance(xTap, window.dilationW * channels);
          });
          b.advance(w, rowBytes);
        }
        b.advance(rowX, window.dilationH * lineBytes);
      });
      const yBlock = b.let("y_block", add(y, mul(index, tile.vectors * 4)));
      emitFinish(sums, block, yBlock, at);
    };

    const full = blocks.filter((block) => block.channels === tile.vectors * 4);
    const last = blocks.length > full.length ? blocks[blocks.length - 1] : null;
    const emitFull = () => {
      if (full.length === 0) return;
      const { from, until } = blockRange;
      const bounds = isReverse
        ? { from: sub(until, 1), until: sub(from, 1), step: -1 }
        : { from, until };
      b.for("block", bounds, (index) => emitBlock(full[0], index));
    };
    const emitLast = () => {
      if (last === null) return;
      if (splitsBlocks) {
        b.if(apply("i32.eq", [thread, threads - 1]), () => emitBlock(last, full.length));
      } else emitBlock(last, full.length);
    };
    for (const emit of isReverse ? [emitLast, emitFull] : [emitFull, emitLast]) emit();
  }

  function emitFinish(
    sums: Sums,
    block: ChannelBlock,
    y: Value,
    at: (v: number) => { region: Region; address: Value; offsetBytes: number },
  ): void {
    const scaled: Value[][] = sums.map(() => []);
    for (let v = 0; v < block.vectors; v++) {
      rescale.apply(b, sums.map((row) => row[v]), at(v)).forEach((q, p) => scaled[p].push(q));
    }
    scaled.forEach((row, p) => {
      for (let v = 0; v < row.length; v += 4) {
        const bytes = b.let("bytes", narrowed(row.slice(v, v + 4)));
        const place = { region: output.region, address: y, offsetBytes: p * filters + 4 * v };
        storeBytes(b, place, bytes, block.channels - 4 * v);
      }
    });
  }

  /** Up to four vectors of int32 as bytes of the output: zero point added, clamped. */
  function narrowed(vectors: readonly Value[]): Value {
    const [first, second] = [vectors.slice(0, 2), vectors.slice(2)].map(([low, high]) => {
      if (low === undefined) return null;
      const narrow = apply("i16x8.narrow_i32x4_s", [low, high ?? low]);
      return apply("i16x8.add_sat_s", [narrow, constants.splat16(outputZero)]);
    });
    const half = second ?? b.let("half", first!);
    const bytes = apply("i8x16.narrow_i16x8_s", [second === null ? half : first!, half]);
    const raised = range.min > -128
      ? apply("i8x16.max_s", [bytes, constants.splat8(range.min)])
      : bytes;
    return range.max < 127 ? apply("i8x16.min_s", [raised, constants.splat8(range.max)]) : raised;
  }

  // Every step below walks images, rows and columns in the order of the output's elements.
  const lineBytes = window.inputWidth * channels;
  const isFlat = isPointwise(window);
  const height = isFlat ? 1 : window.outputHeight;
  const width = isFlat
    ? window.batches * window.outputHeight * window.outputWidth
    : window.outputWidth;
  const batches = isFlat ? 1 : window.batches;
  const inside = insideColumns(window, width, isFlat);
  const fullBlocks = Math.floor(filters / (tile.vectors * 4));
  const rowsOfWork = batches === 1 ? height : batches;
  const split = threads === 1 || step.form !== "plain"
    ? "none"
    : rowsOfWork >= threads
    ? "rows"
    : Math.floor((inside.until - inside.from) / pixels) >= 2 * threads
    ? "tiles"
    : fullBlocks >= threads
    ? "blocks"
    : "none";
  const splitsBlocks = split === "blocks";
  const allBlocks = splitsBlocks
    ? share(thread, fullBlocks, threads)
    : { from: asRange(0), until: asRange(fullBlocks) };

  const emitRow = (x: Value, y: Value, rows: Range) => {
    const outside = (from: number, until: number) => () => {
      if (until <= from) return;
      const body = (column: Value) => {
        const leftmost = b.let("left", sub(mul(column, window.strideW), window.left));
        const columns = b.let("kw_from", tapFrom(leftmost, window.dilationW));
        const end = b.let(
          "kw_until",
          tapUntil(leftmost, window.inputWidth, window.dilationW, kernelWidth),
        );
        emitPixels(1, {
          x: b.let("x", add(x, mul(leftmost, channels))),
          y: b.let("y", add(y, mul(column, filters))),
          rows,
          columns: { from: columns, until: end },
          blockRange: allBlocks,
        });
      };
      if (isReverse) b.for("column", { from: until - 1, until: from - 1, step: -1 }, body);
      else b.for("column", { from, until }, body);
    };
    const tileAt = (index: Value | number, count: number) => {
      const column = b.let("column", add(inside.from, mul(index, pixels)));
      emitPixels(count, {
        x: b.let("x", add(x, sub(mul(column, window.strideW * channels), window.left * channels))),
        y: b.let("y", add(y, mul(column, filters))),
        rows,
        columns: null,
        blockRange: allBlocks,
      });
    };
    const count = inside.until - inside.from;
    const tiles = Math.floor(count / pixels);
    const rest = count % pixels;
    const middle = () => {
      const { from, until } = split === "tiles"
        ? share(thread, tiles, threads)
        : { from: asRange(0), until: asRange(tiles) };
      if (isReverse) {
        b.for(
          "tile",
          { from: sub(until, 1), until: sub(from, 1), step: -1 },
          (t) => tileAt(t, pixels),
        );
      } else b.for("tile", { from, until }, (t) => tileAt(t, pixels));
    };
    const remainder = () => {
      if (rest === 0) return;
      if (split === "tiles") {
        b.if(apply("i32.eq", [thread, threads - 1]), () => tileAt(tiles, rest));
      } else tileAt(tiles, rest);
    };
    const parts = [outside(0, inside.from), middle, remainder, outside(inside.until, width)];
    for (const part of isReverse ? parts.toReversed() : parts) part();
  };

  const imageBytes = window.inputHeight * lineBytes;
  const images = split === "rows" && batches > 1 ? share(thread, batches, threads) : {
    from: asRange(0),
    until: asRange(batches),
  };
  const lines = split === "rows" && batches === 1 ? share(thread, height, threads) : {
    from: asRange(0),
    until: asRange(height),
  };
  loop(b, "image", images, isReverse, (image) => {
    loop(b, "row", lines, isReverse, (row) => {
      const top = b.let("top", sub(mul(row, window.strideH), window.top));
      const rows = clipsRows(window)
        ? {
          from: b.let("kh_from", tapFrom(top, window.dilationH)),
          until: b.let(
            "kh_until",
            tapUntil(top, window.inputHeight, window.dilationH, kernelHeight),
          ),
        }
        : { from: asRange(0), until: asRange(kernelHeight) };
      const x = b.let(
        "x_line",
        add(start(input!.region), add(mul(image, imageBytes), mul(top, lineBytes))),
      );
      const y = b.let(
        "y_line",
        add(
          start(output.region),
          mul(add(mul(image, height), row), width * filters),
        ),
      );
      emitRow(x, y, rows);
    });
  });
  return {
    kernel: `conv int8 ${pixels}x${tile.vectors * 4} dot`,
    schedule: [
      `tile pixels by ${pixels}`,
      `tile channels by ${tile.vectors * 4}`,
      "unroll k by 8",
      "dot pairs of k",
      ...split === "none" ? [] : [`parallel ${split} over ${threads} threads`],
    ],
    code: [b.finish(layer.name), ...rescale.code],
    isParallel: split !== "none",
  };
}

function shapeOf(layer: Layer) {
  const { operator, inputs, outputs } = layer;
  if (operator.op !== "CONV_2D" && operator.op !== "FULLY_CONNECTED") return null;
  const [input, weights] = inputs;
  if (input?.tensor.dtype !== "int8" || weights?.tensor.data == null) return null;
  if (outputs[0].tensor.dtype !== "int8") return null;
  if (weights.tensor.quantization!.zeroPoints.some((point) => point !== 0)) return null;
  const window = windowOfLayer(layer);
  if (window === null) return null;
  const channels = window.inputPixelBytes;
  const filters = weights.tensor.shape[0];
  const depth = weights.tensor.shape.slice(1).reduce((product, extent) => product * extent, 1);
  if (depth !== window.kernelHeight * window.kernelWidth * channels) return null;
  return { window, channels, filters, depth, activation: operator.attributes.activation };
}

function factorsOf({ operator, inputs, outputs: [output] }: Layer) {
  const [input, weights, bias] = inputs;
  return channelFactors({
    input: input!.tensor,
    weights: weights!.tensor,
    bias: bias?.tensor,
    output: output.tensor,
    activation: "NONE",
    channelAxis: 0,
    biasType: "int32",
    isFullyConnected: operator.op === "FULLY_CONNECTED",
  });
}

function sumOf(weights: ArrayLike<number>, channel: number, depth: number): number {
  let sum = 0;
  for (let i = channel * depth; i < (channel + 1) * depth; i++) sum += weights[i];
  return sum;
}

function isPointwise(window: SlidingWindow): boolean {
  const { kernelHeight, kernelWidth, strideH, strideW } = window;
  return [kernelHeight, kernelWidth, strideH, strideW].every((x) => x === 1) && !isClipped(window);
}
