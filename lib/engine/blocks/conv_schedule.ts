import type { Nest, Step } from "../../nest/nest.ts";

/** How the sums of a convolution are cut up. */
export interface ConvCut {
  /** Columns of the output computed together. */
  readonly pixels: number;
  /** Vectors of channels computed together. */
  readonly vectors: number;
  /** Channels of a vector: 4 in 128 bits. */
  readonly lanes: number;
  /** Elements that one instruction multiplies and adds: 1 (float32), 2 (int16) or 4 (int8). */
  readonly group: 1 | 2 | 4;
  /** Type of packed weights. */
  readonly weights: "f32" | "i8" | "i16";
  /** What threads share. */
  readonly parallel: "none" | "rows" | "tiles" | "blocks";
}

/** Elements that a wide load brings for pairs. */
const STAGED = 8;

/**
 * The schedule of a convolution's nest: tiles of columns by blocks of channels, whose sums stay in
 * registers over all taps; whichever of pixels and vectors are fewer stay in registers beside them
 * while the others stream by.
 */
export function convSteps(plain: Nest, cut: ConvCut): readonly Step[] {
  const { pixels, vectors, lanes, group, weights, parallel } = cut;
  const names = plain.axes.map(({ name }) => name);
  const inner = names.at(-1)!;
  const lines = names.filter((name) => name === "image" || name === "row");
  const around = names.filter((name) => ["kh", "kw"].includes(name));
  const [wide, narrow] = [`t${inner}`, `g${inner}`];
  const isStaged = group === 2;
  const depth = isStaged ? [wide, narrow] : group === 4 ? [wide] : [];
  const columns = pixels > 1 ? ["tcol", "to"] : ["col", "to"];
  const first = around[0] ?? depth[0] ?? inner;
  const tile = pixels > 1 ? ["col"] : [];
  const block = vectors <= pixels ? [...tile, "o"] : ["o", ...tile];
  const order = group === 1 ? [...around, inner, ...block] : [...around, ...depth, ...block, inner];
  return [
    {
      op: "tile",
      sizes: {
        ...pixels > 1 ? { col: pixels } : {},
        o: vectors * lanes,
        ...group === 4 ? { [inner]: 4 } : isStaged ? { [inner]: STAGED } : {},
      },
    },
    ...isStaged ? [{ op: "tile", sizes: { [inner]: 2 }, names: { [inner]: narrow } } as const] : [],
    { op: "reorder", order: [...lines, ...columns, ...order] },
    {
      op: "pack",
      tensor: "W",
      at: null,
      ...weights === "i16" ? { dtype: "i16" as const } : {},
    },
    ...isStaged ? [{ op: "unroll", axis: narrow, factor: "full" } as const] : [],
    ...pixels > 1 ? [{ op: "unroll", axis: "col", factor: "full" } as const] : [],
    ...vectors > 1 ? [{ op: "unroll", axis: "o", factor: "full" } as const] : [],
    {
      op: "vectorize",
      axis: "o",
      ...group === 1 ? {} : { dot: inner },
      ...lanes === 4 ? {} : { lanes },
    },
    { op: "accumulate", at: first },
    ...isStaged ? [{ op: "stage", tensor: "I", at: wide } as const] : [],
    ...parallelSteps(parallel, { lines, columns }),
  ] as readonly Step[];
}

/** The step by which threads share a loop around the block. */
export function parallelSteps(
  parallel: ConvCut["parallel"],
  { lines, columns }: { readonly lines: readonly string[]; readonly columns: readonly string[] },
): readonly Step[] {
  if (parallel === "none") return [];
  const axis = parallel === "rows" ? lines[0] : columns[parallel === "tiles" ? 0 : 1];
  return [{ op: "parallel", axis }];
}
