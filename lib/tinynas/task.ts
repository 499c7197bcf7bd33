import { createEngine } from "../engine/create_engine.ts";
import { EngineError } from "../engine/engine_error.ts";
import { randomFrame } from "../engine/profile/random_frame.ts";
import { verifyEngine } from "../engine/profile/verify_engine.ts";
import { randomStream } from "../measure/random.ts";
import { planMemory } from "../plan/plan_memory.ts";
import { checkPlan } from "../plan/validate_plan.ts";
import { buildNetwork, type Genes } from "./architecture.ts";
import {
  type Budget,
  type BuiltInFitness,
  type Judged,
  networkJudge,
  type RatedNetwork,
} from "./candidate.ts";
import { type MemoryModelName, planOptionsOf } from "./memory_bounds.ts";
import type { SearchSpace } from "./search_space.ts";
import { sample } from "./vary.ts";

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

/** Multiply-accumulates of the networks of a space that are within a budget. */
interface SpaceSamples {
  /** One entry for each network that is, ascending. */
  readonly macs: readonly number[];
  /** How many only an exact plan could admit. */
  readonly planned: number;
}

/** Draws networks of a space, those of stream number `index` of a seed. */
function sampleSpace(
  space: SearchSpace,
  { budget, samples, seed, index }: {
    readonly budget: Budget;
    readonly samples: number;
    readonly seed: number;
    readonly index: number;
  },
): SpaceSamples {
  const judge = networkJudge(space, { budget, fitness: "macs" });
  const random = randomStream(seed, index);
  const drawn = Array.from({ length: samples }, () => judge(sample(space, random)));
  const satisfying = drawn.filter((network) => network !== null);
  return {
    macs: satisfying.map(({ macs }) => macs).sort((a, b) => a - b),
    planned: satisfying.filter(({ isPlanned }) => isPlanned).length,
  };
}

/**
 * Plans a network, validates the plan, runs the network in it and compares the results with the
 * reference interpreter's: the same network with the arena that it ran in.
 *
 * @throws {PlanError} if the plan does not hold.
 * @throws {EngineError} if the results differ.
 */
function verifyNetwork(
  space: SearchSpace,
  { network, memory }: { readonly network: RatedNetwork; readonly memory: MemoryModelName },
): RatedNetwork {
  const { genes, resolution, width, macs, params, flashBytes, fitness } = network;
  const model = buildNetwork({ space, genes });
  const plan = planMemory(model, planOptionsOf(memory));
  checkPlan(plan, model);
  using engine = createEngine(model, { plan });
  if (!verifyEngine(engine, randomFrame(model)).verified) {
    throw new EngineError(`network ${genes.join(" ")} gives other results than the reference`);
  }
  const { peakBytes } = plan;
  return { genes, resolution, width, macs, params, peakBytes, flashBytes, fitness };
}
