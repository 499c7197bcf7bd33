import { allReadsOf } from "./define_nest.ts";
import type { NestDtype } from "./dtype.ts";
import type { Affine } from "./affine.ts";
import type { Nest } from "./nest.ts";

/**
 * Memory that the stages of a pipeline share.
 *
 * @category Loop nests
 */
export interface PipelineBuffer {
  /** The name under which the nests know it. */
  readonly name: string;
  /** Element type. */
  readonly dtype: NestDtype;
  /** Elements in each dimension, outermost first. */
  readonly shape: readonly number[];
  /**
   * `weights` are inputs that are known ahead of time; `scratch` holds what one stage leaves for
   * another.
   */
  readonly role: "input" | "weights" | "output" | "scratch";
  /** The buffer whose memory it takes over, element by element from its start. */
  readonly sharesWith?: string;
}

/**
 * One nest of a pipeline; its tensors are the buffers of the same names.
 *
 * @category Loop nests
 */
export interface Stage {
  /** Tells a stage from a {@link Repeat}. */
  readonly kind: "stage";
  /** What it does, in a few words. */
  readonly title: string;
  /** What is computed, and how. */
  readonly nest: Nest;
  /** Where a tensor starts within its buffer, in elements; moves with the repeats around. */
  readonly offsets: Readonly<Record<string, Affine>>;
}

/**
 * Stages that run one after the other, again and again.
 *
 * @category Loop nests
 */
export interface Repeat {
  /** Tells it from a {@link Stage}. */
  readonly kind: "repeat";
  /** Variable that counts the rounds. */
  readonly axis: string;
  /** Number of rounds. */
  readonly extent: number;
  /** What one round runs. */
  readonly body: readonly PipelineNode[];
}

/**
 * A stage, or several repeated.
 *
 * @category Loop nests
 */
export type PipelineNode = Stage | Repeat;

/**
 * Nests that run one after the other over shared buffers: a layout transform and the nest that
 * wants the layout, im2col and a matrix product. Plain data, as a nest is. Outputs are set, not
 * added to.
 *
 * @category Loop nests
 */
export interface Pipeline {
  /** What it computes. */
  readonly name: string;
  /** The sizes as people write them. */
  readonly shape: string;
  /** All memory but the packed copies that nests make for themselves. */
  readonly buffers: readonly PipelineBuffer[];
  /** In the order in which they run. */
  readonly nodes: readonly PipelineNode[];
  /** The plain nest, of the same inputs and output, that tells what should come out. */
  readonly reference: Nest;
  /**
   * How many times larger than those of a plain sum its rounding errors may be, where it computes
   * another way; default 1.
   */
  readonly errorFactor?: number;
}

/**
 * A nest, or several that run one after the other.
 *
 * @category Loop nests
 */
export type Computation = Nest | Pipeline;

/** Whether a computation has stages. */
export function isPipeline(computation: Computation): computation is Pipeline {
  return "nodes" in computation;
}

/** The nest that says what a computation computes: itself, or a pipeline's reference. */
export function meaningOf(computation: Computation): Nest {
  return isPipeline(computation) ? computation.reference : computation;
}

/** A stage and how often it runs. */
export interface StageRun {
  readonly stage: Stage;
  /** The product of the repeats around it. */
  readonly times: number;
}

/** All stages of a pipeline, in the order in which they are written. */
export function stagesOf(nodes: readonly PipelineNode[], times = 1): readonly StageRun[] {
  return nodes.flatMap((node) =>
    node.kind === "stage" ? [{ stage: node, times }] : stagesOf(node.body, times * node.extent)
  );
}

/** What of a pipeline depends on weights alone, and is computed once, ahead of time. */
export interface Constants {
  /** Buffers that never change once they are prepared, the weights among them. */
  readonly buffers: ReadonlySet<string>;
  /** The stages that prepare them. */
  readonly stages: ReadonlySet<Stage>;
}

/** Finds the stages that only weights go into. */
export function weightStages(pipeline: Pipeline): Constants {
  const buffers = new Set(
    pipeline.buffers.filter(({ role }) => role === "weights").map(({ name }) => name),
  );
  const all = stagesOf(pipeline.nodes).map(({ stage }) => stage);
  const readsConstants = ({ nest }: Stage) => {
    const reads = allReadsOf(nest.body);
    return reads.length > 0 && reads.every(({ tensor }) => buffers.has(tensor));
  };
  for (const { name, role } of pipeline.buffers) {
    const writers = all.filter(({ nest }) => nest.body.target.tensor === name);
    if (role === "scratch" && writers.length > 0 && writers.every(readsConstants)) {
      buffers.add(name);
    }
  }
  return {
    buffers,
    stages: new Set(all.filter(({ nest }) => buffers.has(nest.body.target.tensor))),
  };
}
