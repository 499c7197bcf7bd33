import type { Nest } from "../nest/nest.ts";
import { accumulate } from "../schedule/accumulate.ts";
import { floatBlock } from "../schedule/best_matmul.ts";
import { pack } from "../schedule/pack.ts";
import { reorder } from "../schedule/reorder.ts";
import { tile } from "../schedule/tile.ts";
import { unroll } from "../schedule/unroll.ts";
import { vectorize } from "../schedule/vectorize.ts";

/** The parts that the axes of a product play. */
export interface ProductAxes {
  /** Independent products, outermost. */
  readonly batch?: readonly string[];
  /** Axes outside the block of rows, such as the image's rows. */
  readonly outer?: readonly string[];
  /** The axis of which a few values share each weight that is loaded: pixels. */
  readonly rows: string;
  /** The axis along which vectors run: output channels. */
  readonly columns: string;
  /** Reductions, outermost first; the last is walked in memory. */
  readonly reductions: readonly string[];
  /** The tensor that is packed in the order of the loops, ahead of time if it is known then. */
  readonly packed: string;
}

/**
 * What the schedule of a product depends on besides its sizes.
 *
 * @category Convolution
 */
export interface ProductOptions {
  /** Whether multiply and add are fused; default true. */
  readonly fma?: boolean;
}

/**
 * The schedule of a matrix product for nests that are one in disguise: a block of pixels by output
 * channels stays in registers while all reductions run, and weights are packed in panels. Operands
 * of int16 are multiplied and added in pairs.
 */
export function scheduleProduct(
  plain: Nest,
  axes: ProductAxes,
  options: ProductOptions = {},
): Nest {
  const { batch = [], outer = [], rows, columns, reductions } = axes;
  const extentOf = (name: string) => plain.axes.find((axis) => axis.name === name)!.extent;
  const left = plain.tensors.find((tensor) => tensor.name !== axes.packed)!;
  const pairs = left.dtype === "i16";
  const block = pairs
    ? pairBlock(extentOf(columns))
    : floatBlock({ n: extentOf(columns), fma: options.fma });
  const sizes: Record<string, number> = {};
  if (block.columns > 1) sizes[columns] = block.columns;
  if (block.rows > 1) sizes[rows] = block.rows;
  const depth = reductions.at(-1)!;
  const names = { [columns]: "jr", [rows]: "ir", [depth]: "kp" };
  const tiled = tile(plain, { ...sizes, ...(pairs && { [depth]: 2 }) }, {
    names: Object.fromEntries(
      Object.entries(names).filter(([axis]) => axis in sizes || (pairs && axis === depth)),
    ),
  });
  const tiles = (axis: string) => axis in sizes ? [names[axis]] : [];
  const inner = pairs ? [...reductions.slice(0, -1), "kp"] : reductions;
  let nest = reorder(tiled, [
    ...batch,
    ...tiles(columns),
    ...outer,
    ...tiles(rows),
    ...inner,
    columns,
    rows,
    ...(pairs ? [depth] : []),
  ]);
  nest = unroll(unroll(nest, columns, "full"), rows, "full");
  // The innermost loop of a register block is peeled only if no other loop of the block is around it.
  for (const name of reductions.slice(0, -1)) {
    if (extentOf(name) <= mostRows) nest = unroll(nest, name, "full");
  }
  nest = pack(nest, axes.packed, pairs ? { dtype: "i16" } : {});
  nest = vectorize(nest, columns, pairs ? { dot: depth } : {});
  return accumulate(nest, inner[0]);
}

const mostRows = 11;
const lanes = 4;
const pairRegisters = 13;

// Rows and columns of int32 sums: the widest block whose panels leave the least unused.
function pairBlock(n: number): { rows: number; columns: number } {
  const vectors = Math.ceil(n / lanes);
  const cost = (each: number) => Math.ceil(vectors / each) * each;
  const choices = [3, 2, 4, 1].filter((each) => each <= vectors);
  const best = choices.reduce((least, each) => cost(each) < cost(least) ? each : least);
  return { rows: Math.max(1, Math.floor(pairRegisters / (best + 1))), columns: best * lanes };
}
