import {
  checkOptimizations,
  type OptimizationName,
  scalarOptionsOf,
} from "../engine/ablation/tinyengine_techniques.ts";
import type { UnitOptions } from "../engine/compile_units.ts";
import type { ScalarOptions } from "../engine/kernels/scalar/scalar_options.ts";

/**
 * What C code is for: `portable` runs on any processor in scalars; `host` has the kernels of the
 * WebAssembly engine, whose vectors a desktop compiler makes vectors again; `cortex-m4` has kernels for
 * Arm's DSP extension (Cortex-M4, M7, M33), `cortex-m55` those for Helium beside them (Cortex-M52, M55,
 * M85); their inner loops are in assembly where the compiler knows it, in plain C elsewhere. They read
 * words at any address, as these processors do after reset (`CCR.UNALIGN_TRP` 0).
 *
 * @category Deployment
 */
export type CTarget = "portable" | "host" | "cortex-m4" | "cortex-m55";

/**
 * Which kernels C is printed from.
 *
 * @category Deployment
 */
export interface CKernelOptions {
  /** `portable` if left out. */
  readonly target?: CTarget;
  /**
   * `speed` if left out. `size`: plain loops in scalars, whatever the target; several times slower.
   */
  readonly optimize?: "speed" | "size";
  /**
   * Scalar kernels written with these optimizations only, to see what each is worth; for the target
   * `portable`, and without `simd` and `threads`. All, in little memory, if left out.
   */
  readonly optimizations?: readonly OptimizationName[];
}

/**
 * How the engine makes these kernels.
 *
 * @throws {RangeError} for an unknown target, or optimizations that it does not have.
 */
export function cKernels(
  { target = "portable", optimize = "speed", optimizations }: CKernelOptions,
): UnitOptions {
  if (!Object.hasOwn(ENGINE_TARGETS, target)) {
    throw new RangeError(`target "${target}", needed ${Object.keys(ENGINE_TARGETS).join(", ")}`);
  }
  const scalar = scalarKernels(target, optimizations);
  if (optimize !== "speed" && optimize !== "size") {
    throw new RangeError(`optimize "${optimize}", needed speed or size`);
  }
  const isSmall = optimize === "size";
  return {
    target: isSmall ? "portable" : ENGINE_TARGETS[target],
    vectorBytes: 16,
    threads: 1,
    checked: false,
    hasRelaxedDot: false,
    choices: null,
    scalar: isSmall ? smallOptions : scalar,
  };
}

/** What targets are called within the engine. */
const ENGINE_TARGETS = {
  portable: "portable",
  host: "host",
  "cortex-m4": "dsp",
  "cortex-m55": "helium",
} as const;

/** All that makes scalar kernels fast, with little memory beside the arena. */
const portableOptions: ScalarOptions = {
  codeGeneration: true,
  windows: "columns",
  fusion: true,
  unroll: 8,
  pixels: 2,
  filters: 2,
  mostColumnBytes: 1024,
};

/** Nothing written out twice; numbers in the code, since tables of them take more than it saves. */
const smallOptions: ScalarOptions = {
  codeGeneration: true,
  windows: "ranges",
  fusion: true,
  unroll: 1,
  pixels: 1,
  filters: 1,
};

/** How the target's scalar kernels are written; null: it has vectors. */
function scalarKernels(
  target: CTarget,
  names?: readonly OptimizationName[],
): ScalarOptions | null {
  if (names === undefined) return target === "host" ? null : portableOptions;
  checkOptimizations(names);
  const foreign = names.find((name) => name === "simd" || name === "threads");
  if (target !== "portable" || foreign !== undefined) {
    const found = foreign === undefined ? "optimizations" : `optimization "${foreign}"`;
    throw new RangeError(
      `${found} for target "${target}", needed scalar ones and target "portable"`,
    );
  }
  return scalarOptionsOf(names);
}
