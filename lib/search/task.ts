import type { Budget } from "./budget.ts";
import type { RatedNetwork } from "./candidate.ts";
import type { Genes } from "./genes.ts";
import { type BuiltInFitness, type Judged, networkJudge } from "./judge_network.ts";
import type { MemoryModelName } from "./memory_model.ts";
import { sampleSpace, type SpaceSamples } from "./sample_space.ts";
import type { SearchSpace } from "./search_space.ts";
import { verifyNetwork } from "./verify_network.ts";

/** Work for one worker: plain data, and the result depends on nothing else. */
export type Task =
  | {
    readonly kind: "sample";
    readonly space: SearchSpace;
    readonly options: Parameters<typeof sampleSpace>[1];
  }
  | {
    readonly kind: "judge";
    readonly space: SearchSpace;
    readonly genes: readonly Genes[];
    readonly budget: Budget;
    readonly fitness: BuiltInFitness;
  }
  | {
    readonly kind: "verify";
    readonly space: SearchSpace;
    readonly network: RatedNetwork;
    readonly memory: MemoryModelName;
  };

/** What each kind of task gives. */
export interface TaskResults {
  readonly sample: SpaceSamples;
  readonly judge: readonly (Judged | null)[];
  readonly verify: RatedNetwork;
}

/** Does the work. */
export function runTask(task: Task): TaskResults[Task["kind"]] {
  switch (task.kind) {
    case "sample":
      return sampleSpace(task.space, task.options);
    case "judge":
      return task.genes.map(networkJudge(task.space, task));
    case "verify":
      return verifyNetwork(task.space, task);
  }
}
