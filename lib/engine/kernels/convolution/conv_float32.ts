import { start } from "../../../kernel/kernel_builder.ts";
import { add, apply, mul, vectorOfF32 } from "../../../kernel/values.ts";
import type { Step } from "../../../nest/nest.ts";
import { ConvBlocks } from "../../blocks/conv_blocks.ts";
import { type ConvLayer, ownSteps, scheduledConv } from "../../blocks/scheduled_conv.ts";
import type { Layer, LayerKernel } from "../../layer.ts";
import { outputRange } from "../../reference/clamp.ts";
import { channelBlocks } from "../channelwise/channel_blocks.ts";
import { storeBytes } from "../vectors/bytes.ts";
import { clampFloats } from "../vectors/float_vectors.ts";
import { openKernel } from "../walk/open_kernel.ts";
import { walkBlocks, walkWindow } from "../walk/walk_window.ts";
import { insideColumns, isPointwise } from "../walk/window_taps.ts";
import type { PixelTile, RegisterTile } from "../walk/window_walk.ts";
import { callShape, type ConvLayerShape, convShape } from "./conv_shape.ts";
import { floatsOf } from "./weights.ts";

/** The ways in which a layer can be scheduled, the one that should take the least time first. */
export function convFloat32Schedules(layer: Layer): readonly (readonly Step[])[] {
  if (layer.inputs[0]?.tensor.dtype !== "float32") return [];
  const shape = convShape(layer);
  return shape === null
    ? []
    : tilesOf(layer, shape).map((tile) =>
      ownSteps(layer, { ...convOf(shape), tile, format: FORMAT })
    );
}

const FORMAT = { group: 1, weights: "f32" } as const;

function tilesOf(layer: Layer, shape: ConvLayerShape): readonly RegisterTile[] {
  return floatTilesByCost(callShape(layer, shape), layer.step.pixelsAtOnce ?? Infinity);
}

function convOf(shape: ConvLayerShape): ConvLayer {
  const { from, until } = insideColumns(shape.window);
  const borderColumns = from + shape.window.outputWidth - until;
  return {
    shape,
    arithmetic: { dtype: "f32", sumDtype: "f32", offset: 0 },
    border: borderColumns <= MOST_BORDER_CODE ? "pixels" : "counted",
  };
}

/**
 * CONV_2D and FULLY_CONNECTED of float32: pixels by channels in registers, straight from the image
 * (its rows are runs of `Kw C` elements, no im2col). Every sum is added up in the reference's order,
 * so that its bits do not depend on tiles, threads or machine.
 */
export function convFloat32(layer: Layer): LayerKernel | null {
  const { constants, inputs: [input, weights, bias], outputs: [output] } = layer;
  if (input?.tensor.dtype !== "float32" || output.tensor.dtype !== "float32") return null;
  const shape = convShape(layer);
  if (shape === null || bias?.tensor.data === null) return null;
  const { filters, depth } = shape;
  const kernel = openKernel(layer);
  const { b } = kernel;
  const [tile] = tilesOf(layer, shape);
  const conv = convOf(shape);
  const { nest, cut, walk } = scheduledConv(layer, {
    ...conv,
    kernel,
    steps: layer.schedule ?? ownSteps(layer, { ...conv, tile, format: FORMAT }),
  });
  const { window } = walk;
  // Channels up to the end of the last vector have weights of 0.
  const padded = Math.ceil(filters / 4) * 4;
  const blocks = channelBlocks(filters, cut.channels / 4);
  const biases = bias
    ? constants.place(`${layer.name}_bias`, bytesOf(filledUp(floatsOf(bias.tensor), padded)))
    : null;
  const range = outputRange(shape.activation, output.tensor);
  const products = new ConvBlocks({
    name: layer.name,
    constants,
    library: layer.blocks,
    scheduled: nest,
    walk: cut,
    blocks,
    values: filledUp(floatsOf(weights!.tensor), padded * depth),
    depth,
    window,
    elementBytes: 4,
    image: input.region,
  });

  walkWindow(walk, (tile: PixelTile) => {
    walkBlocks(walk, blocks, ({ vectors, channels }, index) => {
      const sums = products.record(b, { tile, vectors, index, start: () => ZERO });
      const blockBytes = mul(index, cut.channels * 4);
      const y = b.let("y_block", add(tile.y, blockBytes));
      const biasBlock = biases && b.let("bias", add(start(biases), blockBytes));
      for (let v = 0; v < vectors; v++) {
        const bias4 = biasBlock && b.let(
          "bias4",
          b.load("v128.load", { region: biases!, address: biasBlock, offsetBytes: v * 16 }),
        );
        sums.forEach((row, p) => {
          const sum = bias4 ? apply("f32x4.add", [row[v], bias4]) : row[v];
          const at = {
            region: output.region,
            address: y,
            offsetBytes: p * window.outputPixelBytes + v * 16,
          };
          storeBytes(b, at, clampFloats(constants, sum, range), (channels - v * 4) * 4);
        });
      }
    });
  });
  return {
    kernel: `conv float32 ${walk.pixels}x${cut.channels}`,
    nest,
    remarks: [],
    code: [b.finish(layer.name)],
    isParallel: walk.split !== "none",
  };
}

const ZERO = vectorOfF32(0);
/** Columns at the border that get code of their own. */
const MOST_BORDER_CODE = 4;

/** The same numbers with zeros behind them. */
function filledUp(values: Float32Array, length: number): Float32Array {
  if (values.length === length) return values;
  const filled = new Float32Array(length);
  filled.set(values);
  return filled;
}

function bytesOf({ buffer, byteOffset, byteLength }: Float32Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}

/** Blocks of sums that stay in the 15 vector registers beside their operands and a product. */
const TILES: readonly RegisterTile[] = [
  { pixels: 2, vectors: 4 },
  { pixels: 3, vectors: 3 },
  { pixels: 4, vectors: 2 },
  { pixels: 8, vectors: 1 },
  { pixels: 1, vectors: 8 },
];

/** Blocks of sums, the one that should take the least time first; `most` pixels may be in one. */
function floatTilesByCost(
  { window, filters }: ConvLayerShape,
  most: number,
): readonly RegisterTile[] {
  const { batches, outputHeight, outputWidth } = window;
  const { from, until } = insideColumns(window);
  const border = outputWidth - (until - from);
  const row = isPointwise(window) ? batches * outputHeight * outputWidth : until - from;
  const vectors = Math.ceil(filters / 4);
  const cost = (tile: RegisterTile) => {
    const pixelsCost = (p: number) => inParts(vectors, tile.vectors, (v) => blockCost(p, v));
    return inParts(row, tile.pixels, pixelsCost) + border * pixelsCost(1);
  };
  return TILES.filter(({ pixels }) => pixels <= most).toSorted((a, b) => cost(a) - cost(b))
    .map((tile) => ({
      pixels: Math.max(1, Math.min(tile.pixels, row)),
      vectors: Math.min(tile.vectors, vectors),
    }));
}

function inParts(count: number, size: number, cost: (part: number) => number): number {
  const rest = count % size;
  return Math.floor(count / size) * cost(size) + (rest > 0 ? cost(rest) : 0);
}

/** Time of one k: products and loads (with their bounds checks), or the wait for the last sum. */
function blockCost(pixels: number, vectors: number): number {
  return Math.max(pixels * vectors + 0.4 * (pixels + vectors), SUM_LATENCY);
}

const SUM_LATENCY = 6;
