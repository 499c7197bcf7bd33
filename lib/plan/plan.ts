import type { Fit, FlashBytes } from "./fit.ts";
import type { InputPlace } from "./plan_options.ts";
import type { PlanScratch } from "./scratch.ts";
import type { FusionMode, PlanSegment } from "./segment.ts";
import type { ImagePadding, LoopDirection } from "./sliding_window.ts";
import type { TechniqueName } from "./techniques.ts";

/**
 * How an operator may use memory: `plain` shares no byte between what it reads and writes;
 * `overlap` stores each output element when it is finished, over input that is not read again;
 * `in-place` is a depthwise convolution or a pool that goes channel by channel and holds back
 * finished pixels; `fused` runs in pieces, as the segment it belongs to says.
 *
 * @category Planner
 */
export type StepForm = "plain" | "overlap" | "in-place" | "fused";

/**
 * One operator of the plan, in its turn.
 *
 * @category Planner
 */
export interface PlanStep {
  /** Index of the operator in the model. */
  readonly operator: number;
  /** Its name. */
  readonly name: string;
  /** Tensors it reads, as in the model, but for folded PADs: there it reads what the PAD reads. */
  readonly inputs: readonly number[];
  /** Tensors it writes. */
  readonly outputs: readonly number[];
  /** How it may use memory. */
  readonly form: StepForm;
  /** Which way its loops over output elements must run. */
  readonly direction: LoopDirection;
  /**
   * Form `overlap` of an operator with windows: adjacent output pixels (row-major) that may be
   * computed together, stored channel by channel in the order of the loop. Null: no limit, but a
   * vector is read as a whole before it is stored.
   */
  readonly pixelsAtOnce: number | null;
  /** Form `in-place`: finished pixels that are held back before they are stored. */
  readonly delayPixels: number;
  /** Form `in-place`: channels that are computed together; the ring holds them. */
  readonly channelsAtOnce: number | null;
  /** PAD operators before it that it does itself: their zeros are around its first input. */
  readonly foldedPadding: ImagePadding | null;
  /** Form `fused`: the segment it belongs to, as an index into `segments`; null for all others. */
  readonly segment: number | null;
  /** Ids of the scratch buffers it uses, the ring included. */
  readonly scratch: readonly string[];
  /** Id of the ring that holds finished pixels back; null without one. */
  readonly ring: string | null;
}

/**
 * Two buffers that share bytes while both are alive, and why that is right.
 *
 * @category Planner
 */
export interface SharedBytes {
  /** The other buffer's id. */
  readonly buffer: string;
  /** The operator's step at which both are alive; of a segment its first, of a view its copy's. */
  readonly step: number;
  /** The rule; `view`: one is a part of the other, and both live on. */
  readonly form: StepForm | "view";
  /** The direction of the operator's loops. */
  readonly direction: LoopDirection;
  /** Address of the output minus address of the input. */
  readonly distanceBytes: number;
  /** Forward: the largest safe distance; reverse: the smallest. In place: the distance itself. */
  readonly limitBytes: number;
  /** In words. */
  readonly reason: string;
}

/**
 * A stretch of the arena: bytes `[offsetBytes, offsetBytes + sizeBytes)` in steps `[from, until)`.
 *
 * @category Planner
 */
export interface PlanBuffer {
  /** Unique in the plan. */
  readonly id: string;
  /**
   * A tensor of the model as a whole; a part of one that moves along with a segment; memory that an
   * operator uses for itself.
   */
  readonly kind: "tensor" | "ring" | "scratch";
  /** The tensor's name, or what the scratch memory is for. */
  readonly name: string;
  /** Tensors that lie here: more than one where views are aliased; none for scratch. */
  readonly tensors: readonly number[];
  /** First byte in the arena. */
  readonly offsetBytes: number;
  /** Bytes. */
  readonly sizeBytes: number;
  /** The offset is a multiple of this. */
  readonly alignmentBytes: number;
  /** First step at which it is alive. */
  readonly from: number;
  /** First step at which it is not alive any more. */
  readonly until: number;
  /** Buffers with which it shares bytes while both are alive. */
  readonly shares: readonly SharedBytes[];
}

/**
 * Bytes of a tensor alive at the peak.
 *
 * @category Planner
 */
export interface LiveTensor {
  /** Index of the tensor; -1 for scratch. */
  readonly tensor: number;
  /** `t<index>`, or what the scratch memory is for. */
  readonly name: string;
  /** Its size. */
  readonly sizeBytes: number;
}

/**
 * The operator that needs the most memory.
 *
 * @category Planner
 */
export interface PlanPeak {
  /** Step of the plan. */
  readonly step: number;
  /** Index of the operator in the model. */
  readonly operator: number;
  /** Its name. */
  readonly name: string;
  /** Bytes in use while it runs, shared ones counted once. */
  readonly usedBytes: number;
  /** What is alive while it runs. */
  readonly live: readonly LiveTensor[];
}

/**
 * An operator that the plan does without.
 *
 * @category Planner
 */
export interface RemovedOperator {
  /** Index of the operator. */
  readonly operator: number;
  /** Its name. */
  readonly name: string;
  /** The technique that removed it; "fold-constants", which is always done, if it is no choice. */
  readonly technique: TechniqueName | "fold-constants";
  /** In words. */
  readonly reason: string;
}

/**
 * Where everything lies in memory, and when: plain data that goes through JSON unchanged.
 *
 * @category Planner
 */
export interface Plan {
  /** Version of this format. */
  readonly schemaVersion: 1;
  /** The model's name. */
  readonly model: string;
  /** Techniques used, in the order of the ladder. */
  readonly techniques: readonly TechniqueName[];
  /** Whether inputs lie in the arena. */
  readonly input: InputPlace;
  /** Alignment asked for. */
  readonly alignmentBytes: number;
  /** Tensors the caller fills, in the model's order; integers where edges are aliased. */
  readonly inputs: readonly number[];
  /** Tensors the caller reads. */
  readonly outputs: readonly number[];
  /** What was to be fused. */
  readonly fusion: FusionMode;
  /** Steps that run together, in order; steps outside of all run layer by layer. */
  readonly segments: readonly PlanSegment[];
  /** Operators in the order in which they run. */
  readonly steps: readonly PlanStep[];
  /** Operators that do not run. */
  readonly removed: readonly RemovedOperator[];
  /** Tensors outside the arena that the caller keeps readable: external inputs. */
  readonly external: readonly number[];
  /**
   * State that lives from one run to the next, outside of the arena: of SVDF, variables, and whether
   * CALL_ONCE has run, with that of all subgraphs.
   */
  readonly stateBytes: number;
  /**
   * Plans of the subgraphs that operators run, each after those that it runs itself; left out: there
   * are none. The arena of a subgraph lies in the scratch buffer of the step that runs it, from that
   * buffer's first byte on; subgraphs of one step lie over each other.
   */
  readonly subgraphs?: readonly SubgraphPlan[];
  /** What kernels of a deployment work in (see `planScratch`); null: not known, or WebAssembly's. */
  readonly scratch: PlanScratch | null;
  /** Everything in the arena, but for what kernels work in where nothing else lies. */
  readonly buffers: readonly PlanBuffer[];
  /** Size of the arena. */
  readonly peakBytes: number;
  /**
   * No plan with these techniques, this order and these scratch buffers is smaller; with fusion, no
   * way to cut the order into segments that does with as few multiply-accumulates.
   */
  readonly lowerBoundBytes: number;
  /** What the bound is. */
  readonly lowerBoundReason: string;
  /** Whether the peak equals the bound, and nothing is unknown. */
  readonly optimal: boolean;
  /** What the figures leave out, in words. */
  readonly unknown: readonly string[];
  /** Whether the order is proved to be the best (for the sum of live sizes), or was kept as given. */
  readonly orderOptimal: boolean;
  /** The operator that needs the most. */
  readonly peak: PlanPeak | null;
  /** Multiply-accumulates of the plan over those of the model; 1: nothing is computed twice. */
  readonly macFactor: number;
  /** What found the offsets. */
  readonly method: string;
  /** Flash in total. */
  readonly flashBytes: number;
  /** Flash by what it holds. */
  readonly flash: FlashBytes;
  /** Whether it fits the device asked for; null if none was. */
  readonly fit: Fit | null;
}

/**
 * The plan of a subgraph, as of a model by itself.
 *
 * @category Planner
 */
export interface SubgraphPlan {
  /** Its number in the model, i for `otherSubgraphs[i - 1]`. */
  readonly subgraph: number;
  /** Where its tensors lie in its own arena. */
  readonly plan: Plan;
}
