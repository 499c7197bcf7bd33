import type { Region, Value } from "../../../kernel/kernel.ts";
import { KernelBuilder, start } from "../../../kernel/kernel_builder.ts";
import { add, mul } from "../../../kernel/values.ts";
import { elements } from "../../../model/shape.ts";
import type { Tensor } from "../../../model/tensor.ts";
import { hasVectors, type Layer, type LayerKernel, operatorOf } from "../../layer.ts";
import { zeroPointOf } from "../../reference/expect.ts";
import { transposedOperation, transposedTaps } from "../../reference/transposed_windows.ts";
import type { Tap } from "../../reference/windows.ts";
import { isShared } from "../elementwise/element_loops.ts";
import { addProducts, type ProductType } from "../products/add_products.ts";
import { packPanel, panelSource, runBytes } from "../products/panels.ts";
import { type FinishSums, finishSums } from "../products/finish_sums.ts";
import { forRange, rangeOf, share } from "../walk/index_range.ts";
import { loadTaps, placeTaps } from "./transposed_taps.ts";
import { numbersOf } from "./weights.ts";

/** Pixels and vectors of four filters of a tile. */
const PIXELS = 4;
const VECTORS = 2;

/**
 * TRANSPOSE_CONV of int8 and float32 with constant weights: pixels of a row that the same taps reach,
 * a stride apart, for some filters at a time, so that weights are loaded once for all of them.
 */
export function transposeConvVectors(layer: Layer): LayerKernel | null {
  const shape = shapeOf(layer);
  if (shape === null) return null;
  const { name, inputs: [, , input], outputs: [output], threads } = layer;
  const { dtype, elementBytes, tensors, operation, rows, blocks } = shape;
  const [batches, height, width, depth] = tensors.input.shape;
  const [, newHeight, newWidth, filters] = output.tensor.shape;
  const [, filterH, filterW] = tensors.filter.shape;
  const panels = placePanels(layer, { filter: tensors.filter, dtype, blocks });
  const isParallel = isShared(layer, elements(output.tensor.shape)) && newHeight >= threads;
  const b = new KernelBuilder();
  const thread = b.parameter("thread");
  const lines = isParallel ? share(thread, newHeight, threads) : rangeOf(0, newHeight);
  const finish = finishSums(layer, operation);

  const isReverse = layer.step.direction === "reverse";
  forRange(b, { name: "image", range: rangeOf(0, batches), isReverse }, (image) => {
    const imageBytes = mul(image, height * width * depth * elementBytes);
    forRange(b, { name: "row", range: lines, isReverse }, (row) => {
      const down = loadTaps(b, rows, row);
      const from = b.let("x_row", add(add(start(input!.region), imageBytes), down.x));
      const line = mul(add(mul(image, newHeight), row), newWidth * filters * elementBytes);
      const to = b.let("y_row", add(start(output.region), line));
      blocks.forEach(({ first, count, vectors, channels }, number) => {
        const tapBytes = runBytes({ dtype, depth }, vectors);
        b.for("block", { until: count }, (block) => {
          const panel = add(start(panels[number]), mul(block, filterH * filterW * tapBytes));
          const w = b.let("w_row", add(panel, mul(down.w, tapBytes)));
          const group = b.let("group", add(mul(block, vectors), first / 4));
          const y = b.let("y_block", add(to, mul(group, 4 * elementBytes)));
          const place = { from, w, y, group, rows: down.count, panel: panels[number], tapBytes };
          emitTiles(b, { layer, shape, finish }, { ...place, vectors, channels });
        });
      });
    });
  });
  return {
    kernel: `transpose conv ${dtype} ${PIXELS}x${VECTORS * 4}`,
    remarks: [
      "pixels of a tile lie a stride apart: the same taps reach them",
      ...isParallel ? [`parallel rows over ${threads} threads`] : [],
    ],
    code: [b.finish(name), ...finish.code],
    isParallel,
  };
}

type TransposedShape = NonNullable<ReturnType<typeof shapeOf>>;

/** What the kernel is written from; null: it is not for this layer. */
function shapeOf(layer: Layer) {
  const operator = operatorOf(layer, "TRANSPOSE_CONV");
  const { inputs: [, filter, input, bias = null], outputs: [output] } = layer;
  const dtype = input?.tensor.dtype;
  if (operator === null || !hasVectors(layer)) return null;
  if (dtype !== "float32" && dtype !== "int8") return null;
  if (filter!.tensor.data === null || bias !== null && bias.tensor.data === null) return null;
  if (elements(output.tensor.shape) === 0) return null;
  const tensors = {
    filter: filter!.tensor,
    input: input!.tensor,
    bias: bias?.tensor,
    output: output.tensor,
  };
  const [, , width, depth] = tensors.input.shape;
  const [filters, , filterW] = tensors.filter.shape;
  const { strideH, strideW } = operator.attributes;
  const elementBytes = dtype === "float32" ? 4 : 1;
  const [xBytes, yBytes] = [depth, filters].map((channels) => channels * elementBytes);
  const taps = transposedTaps(tensors, operator.attributes);
  const tiles = tilesOf(taps.columns, strideW).map(({ pixels, firsts }, i) => ({
    pixels,
    count: firsts.length,
    taps: placeTaps(layer, `tiles_${i}`, firsts.map((column) => taps.columns[column]), {
      x: xBytes,
      w: 1,
      y: firsts.map((column) => column * yBytes),
    }),
  }));
  return {
    dtype,
    tensors,
    strideH,
    strideW,
    elementBytes,
    xBytes,
    yBytes,
    tiles,
    rows: placeTaps(layer, "rows", taps.rows, { x: width * xBytes, w: filterW }),
    blocks: blocksOf(filters),
    operation: transposedOperation(tensors, operator.attributes),
    zeroPoint: dtype === "float32" ? 0 : zeroPointOf(tensors.input),
  } as const;
}

/** All tiles of a row of the output, for one block of filters. */
function emitTiles(
  b: KernelBuilder,
  { layer, shape, finish }: {
    readonly layer: Layer;
    readonly shape: TransposedShape;
    readonly finish: FinishSums;
  },
  { from, w, y, group, rows, panel, tapBytes, vectors, channels }: {
    /** The row's first pixel of the input, its tap's weights, and where the block's results go. */
    readonly from: Value;
    readonly w: Value;
    readonly y: Value;
    readonly group: Value;
    /** Rows of the input that reach this one. */
    readonly rows: Value;
    readonly panel: Region;
    readonly tapBytes: number;
    readonly vectors: number;
    readonly channels: number;
  },
): void {
  const { dtype, tensors, strideH, strideW, xBytes, yBytes, tiles, zeroPoint, elementBytes } =
    shape;
  const [, , width, depth] = tensors.input.shape;
  const [, , filterW] = tensors.filter.shape;
  const { region } = layer.inputs[2]!;
  for (const { pixels, count, taps } of tiles) {
    b.for("tile", { until: count }, (tile) => {
      const right = loadTaps(b, taps, tile, { hasOutput: true });
      const sums = finish.begin(b, { pixels, vectors, group });
      const [xRow, wRow] = [
        b.let("x_tap", add(from, right.x)),
        b.let("w_tap", add(w, mul(right.w, tapBytes))),
      ];
      b.for("kh", { until: rows }, () => {
        const [x, tap] = [b.let("x", xRow), b.let("w", wRow)];
        b.for("kw", { until: right.count }, () => {
          addProducts(b, layer.constants, {
            dtype,
            depth,
            sums,
            x: { region, address: x, apartBytes: xBytes, stepBytes: elementBytes, zeroPoint },
            weights: panelSource(dtype, { region: panel, address: tap, vectors }),
          });
          b.advance(x, xBytes);
          b.advance(tap, -strideW * tapBytes);
        });
        b.advance(xRow, width * xBytes);
        b.advance(wRow, -strideH * filterW * tapBytes);
      });
      const address = b.let("y", add(y, right.y));
      finish.store(b, sums, { address, apartBytes: strideW * yBytes, channels, group });
    });
  }
}

/** Blocks of filters, alike but for those at the end. */
export interface FilterBlocks {
  readonly first: number;
  readonly count: number;
  readonly vectors: number;
  /** Of a block; in its last vector some may be missing. */
  readonly channels: number;
}

function blocksOf(filters: number): readonly FilterBlocks[] {
  const size = VECTORS * 4;
  const whole = Math.floor(filters / size);
  const rest = filters % size;
  const all = [
    { first: 0, count: whole, vectors: VECTORS, channels: size },
    { first: whole * size, count: 1, vectors: Math.ceil(rest / 4), channels: rest },
  ];
  return all.filter(({ count, channels }) => count > 0 && channels > 0);
}

function placePanels(
  layer: Layer,
  { filter, dtype, blocks }: {
    readonly filter: Tensor;
    readonly dtype: ProductType;
    readonly blocks: readonly FilterBlocks[];
  },
): readonly Region[] {
  const [filters, filterH, filterW, depth] = filter.shape;
  const values = numbersOf(filter);
  const taps = filterH * filterW;
  return blocks.map(({ first, count, vectors }, i) => {
    const bytes = Array.from({ length: count }, (_, block) =>
      packPanel({ dtype, depth }, {
        runs: taps,
        vectors,
        weight: (tap, k, channel) => {
          const o = first + block * vectors * 4 + channel;
          return o < filters ? values[(o * taps + tap) * depth + k] : null;
        },
      }));
    const all = new Uint8Array(bytes.reduce((sum, each) => sum + each.length, 0));
    bytes.forEach((each, block) => all.set(each, block * each.length));
    return layer.constants.place(`${layer.name}_panels_${i}`, all);
  });
}

/**
 * Columns of the output in tiles: of several a stride apart that the same taps reach, each from the
 * next pixel of the input, and the others one by one. Told by each tile's first column.
 */
function tilesOf(
  columns: readonly (readonly Tap[])[],
  stride: number,
): readonly { readonly pixels: number; readonly firsts: readonly number[] }[] {
  const [tiles, singles]: number[][] = [[], []];
  const tapsOf = (column: number) => columns[column]?.map(({ tap }) => tap).join();
  for (let phase = 0; phase < Math.min(stride, columns.length); phase++) {
    for (let column = phase; column < columns.length;) {
      const isTile = Array.from({ length: PIXELS }, (_, p) => tapsOf(column + p * stride))
        .every((taps) => taps === tapsOf(column));
      (isTile ? tiles : singles).push(column);
      column += isTile ? PIXELS * stride : stride;
    }
  }
  return [{ pixels: PIXELS, firsts: tiles }, { pixels: 1, firsts: singles }]
    .filter(({ firsts }) => firsts.length > 0);
}
