import { allReadsOf } from "./define_nest.ts";
import { type Pipeline, type Stage, stagesOf } from "./pipeline.ts";

/** What of a pipeline depends on weights alone, and is computed once, ahead of time. */
export interface Constants {
  /** Buffers that never change once they are prepared, the weights among them. */
  readonly buffers: ReadonlySet<string>;
  /** The stages that prepare them. */
  readonly stages: ReadonlySet<Stage>;
}

/** Finds the stages that only weights go into. */
export function constantsOf(pipeline: Pipeline): Constants {
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
