import type { ScalarOptions } from "../kernels/scalar/scalar_options.ts";

/**
 * What makes an engine of int8 models fast, each switchable, in the words of TinyEngine and in the
 * order of its ladder (Lin et al., MCUNet, NeurIPS 2020, section 3.2). With none of them a model runs
 * as an interpreter with a library of kernels runs it.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { createEngine, optimizationNames, optimizations, zoo } from "tinyloom";
 *
 * assert.match(optimizations["operator-fusion"], /PAD/);
 * using library = createEngine(zoo("mlperf-tiny-ad"), { optimizations: [] });
 * using scalar = createEngine(zoo("mlperf-tiny-ad"), {
 *   optimizations: optimizationNames.slice(0, 5),
 * });
 * assert.ok(library.memory.workspaceBytes > scalar.memory.workspaceBytes);
 * ```
 *
 * @category Engine
 */
export const optimizations = {
  "code-generation": "shapes, strides and zero points are constants in a layer's own code",
  "specialised-im2col": "windows are laid out as columns of int16, without padding or zero point",
  "operator-fusion": "bias, rescaling, activation and PAD are part of the loop that sums",
  "loop-unrolling": "the innermost loop is written out, several products a turn",
  tiling: "pixels and channels in blocks, so that what is loaded is used more than once",
  simd: "vectors of 128 bits in place of scalars, straight from the image",
  threads: "threads share the rows of a layer",
} as const;

/**
 * Name of an optimization.
 *
 * @category Engine
 */
export type OptimizationName = keyof typeof optimizations;

/**
 * All optimizations in the order of the ladder.
 *
 * @category Engine
 */
export const optimizationNames = Object.keys(optimizations) as readonly OptimizationName[];

const NEEDS: Partial<Record<OptimizationName, readonly OptimizationName[]>> = {
  "loop-unrolling": ["code-generation"],
  tiling: ["code-generation", "specialised-im2col"],
  // Vector kernels are written with all of these.
  simd: ["code-generation", "specialised-im2col", "operator-fusion", "loop-unrolling", "tiling"],
};

/**
 * Refuses what is no list of optimizations.
 *
 * @throws {RangeError} for an unknown one, or one without those that it builds on.
 */
export function checkOptimizations(names: readonly OptimizationName[]): void {
  for (const name of names) {
    if (!optimizationNames.includes(name)) {
      throw new RangeError(
        `optimization "${name}", needed one of ${optimizationNames.join(", ")}`,
      );
    }
    const missing = (NEEDS[name] ?? []).filter((needed) => !names.includes(needed));
    if (missing.length > 0) {
      throw new RangeError(`optimization "${name}" without ${missing.join(", ")}, which it needs`);
    }
  }
}

/** How scalar kernels are written with these optimizations; null: kernels of vectors. */
export function scalarOptionsOf(names: readonly OptimizationName[]): ScalarOptions | null {
  if (names.includes("simd")) return null;
  const isTiled = names.includes("tiling");
  return {
    codeGeneration: names.includes("code-generation"),
    windows: names.includes("specialised-im2col") ? "columns" : "tests",
    fusion: names.includes("operator-fusion"),
    unroll: names.includes("loop-unrolling") ? 8 : 1,
    pixels: isTiled ? 2 : 1,
    filters: isTiled ? 2 : 1,
  };
}
