import { checkWhole } from "../check_arguments.ts";
import type { Operator } from "../model/operator.ts";
import type { Device } from "./devices.ts";
import type { FusionMode, Granularity } from "./segment.ts";
import { type TechniqueName, techniqueNames } from "./techniques.ts";

/**
 * Where the model's inputs lie.
 *
 * @category Planner
 */
export type InputPlace = "resident" | "external";

/**
 * Which kernels run, as far as the scratch memory is concerned that they ask for.
 *
 * @category Planner
 */
export type ScratchModel = "direct" | "tflm" | "im2col";

/**
 * Options of `planMemory`.
 *
 * @category Planner
 */
export interface PlanOptions {
  /** Techniques to use, in any order; all when absent. */
  readonly techniques?: readonly TechniqueName[];
  /**
   * `resident` (default): inputs are tensors in the arena, overwritten when they are not needed any
   * more. `external`: they lie elsewhere, are only read and cost nothing.
   */
  readonly input?: InputPlace;
  /**
   * Every offset is a multiple of this, and of the tensor's element size at least. When absent: 16
   * with TensorFlow Lite Micro's allocator, as there, and 1 with `optimal-offsets`.
   */
  readonly alignmentBytes?: number;
  /**
   * Scratch memory of kernels: `direct` ones need none but the ring of a depthwise convolution in
   * place; `tflm` is what the reference kernels request; `im2col` adds to that the column buffers of
   * CMSIS-NN and TinyEngine. When absent: `direct` with the technique `direct-kernels`, else `tflm`.
   */
  readonly scratch?: ScratchModel;
  /** Output pixels that overlapping operators compute together, at least; 1 when absent. */
  readonly pixels?: number;
  /** Channels that a depthwise convolution in place computes together, at least; 1 when absent. */
  readonly channels?: number;
  /**
   * What may be fused. When absent: `best` with a granularity, tiles or a budget, which mean nothing
   * without, else `none`.
   */
  readonly fusion?: FusionMode;
  /** What rolling segments may compute at a time: whole rows, or also pixels; `row` when absent. */
  readonly granularity?: Granularity;
  /** Rows and columns of tiles, and strips of rolling segments, at most; 8 when absent. */
  readonly mostTiles?: number;
  /**
   * Multiply-accumulates at most, as a factor of the model's; the plan is the one with the least
   * memory among those. When absent: no limit with `patch` or a memory budget, else 1.
   */
  readonly macBudget?: number;
  /** Arena at most; the plan is the one with the fewest multiply-accumulates among those. */
  readonly memoryBudget?: number;
  /** The device that the plan is to fit. */
  readonly device?: Device;
  /** SRAM that the application keeps for itself beside it; 0 when absent. */
  readonly reserveBytes?: number;
  /**
   * Wall-clock limit of all that the planner searches (orders, segments, offsets) in milliseconds; 1,500
   * when absent, 6,000 with fusion. The plan is then the best one so far, its bound one that holds.
   * All of the zoo needs less than 500; only tangled graphs search until then.
   */
  readonly timeLimitMs?: number;
  /**
   * Ends the search as the time limit does. One that fires while the planner computes, as that of a
   * notebook's stop button or of Ctrl-C in the program, is heard.
   */
  readonly signal?: AbortSignal;
}

/** The names of them all. */
export const planOptionNames = [
  "techniques input alignmentBytes scratch pixels channels fusion granularity mostTiles",
  "macBudget memoryBudget device reserveBytes timeLimitMs signal",
] as const;

/** Options with every default filled in. */
export interface PlanSettings {
  readonly uses: (technique: TechniqueName) => boolean;
  readonly techniques: readonly TechniqueName[];
  readonly input: InputPlace;
  readonly alignmentBytes: number;
  readonly scratch: ScratchModel;
  readonly pixels: number;
  readonly channels: number;
  /** Moment (`performance.now()`) at which to stop searching. */
  readonly deadlineMs: number;
  readonly fusion: FusionMode;
  readonly granularity: Granularity;
  readonly mostTiles: number;
  readonly macBudget: number;
  readonly memoryBudget: number | null;
  /** The arena of an operator's subgraphs; null if they need none. */
  readonly arenaOf: (operator: Operator) => CalleeArena | null;
}

/** An arena for all subgraphs that one operator runs, which lie over each other in it. */
export interface CalleeArena {
  readonly purpose: string;
  readonly sizeBytes: number;
  readonly alignmentBytes: number;
  /** What it is larger than it had to be, if subgraphs have no optimal plan. */
  readonly spareBytes: number;
}

// With what comes before and after, a plan is there in 2 s, and one with segments in 10.
const LIMIT_MS = 1500;
const FUSION_LIMIT_MS = 6000;

/** The settings for a part of what is to be done: with that share of the time left. */
export function withShare(settings: PlanSettings, share: number): PlanSettings {
  const now = performance.now();
  return { ...settings, deadlineMs: now + share * Math.max(0, settings.deadlineMs - now) };
}

/**
 * Fills in defaults.
 *
 * @throws {RangeError} for an unknown technique, input or scratch model, or a number out of range.
 */
export function planSettings(
  options: PlanOptions,
  arenaOf: PlanSettings["arenaOf"] = () => null,
): PlanSettings {
  const asked = options.techniques ?? techniqueNames;
  for (const name of asked) oneOf("technique", name, techniqueNames);
  const uses = (name: TechniqueName) => asked.includes(name);
  const { input = "resident", pixels = 1, channels = 1 } = options;
  oneOf("input", input, ["resident", "external"]);
  const { scratch = uses("direct-kernels") ? "direct" : "tflm" } = options;
  oneOf("scratch", scratch, ["direct", "tflm", "im2col"]);
  const { alignmentBytes = uses("optimal-offsets") ? 1 : 16 } = options;
  checkWhole({ alignmentBytes, pixels, channels });
  const ofFusion = (["granularity", "mostTiles", "macBudget", "memoryBudget"] as const)
    .find((name) => options[name] !== undefined);
  const { granularity = "row", mostTiles = 8, memoryBudget = null } = options;
  const { fusion = ofFusion === undefined ? "none" : "best" } = options;
  oneOf("fusion", fusion, ["none", "patch", "rolling", "best"]);
  oneOf("granularity", granularity, ["row", "pixel"]);
  if (fusion === "none" && ofFusion !== undefined) {
    throw new RangeError(`${ofFusion} with fusion "none", needed one of patch, rolling, best`);
  }
  checkWhole({ mostTiles });
  const isFree = fusion === "patch" || memoryBudget !== null;
  const { macBudget = isFree ? Infinity : 1 } = options;
  if (!(macBudget >= 1)) throw new RangeError(`macBudget is ${macBudget}, needed at least 1`);
  if (memoryBudget !== null && !(memoryBudget >= 0)) {
    throw new RangeError(`memoryBudget is ${memoryBudget}, needed at least 0`);
  }
  const { timeLimitMs = fusion === "none" ? LIMIT_MS : FUSION_LIMIT_MS } = options;
  if (!(timeLimitMs >= 0)) throw new RangeError(`timeLimitMs is ${timeLimitMs}, needed at least 0`);
  return {
    uses,
    techniques: techniqueNames.filter(uses),
    input,
    alignmentBytes,
    scratch,
    pixels,
    channels,
    deadlineMs: performance.now() + timeLimitMs,
    fusion,
    granularity,
    mostTiles,
    macBudget,
    memoryBudget,
    arenaOf,
  };
}

function oneOf(what: string, value: string, known: readonly string[]): void {
  if (known.includes(value)) return;
  throw new RangeError(`${what} "${value}", needed one of ${known.join(", ")}`);
}

/**
 * A plan that does not hold: what is wrong, at which operator, tensor and byte.
 *
 * @category Planner
 */
export class PlanError extends Error {
  /** The class, for people. */
  override readonly name = "PlanError";
}
