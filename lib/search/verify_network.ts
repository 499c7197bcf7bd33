import { createEngine } from "../engine/create_engine.ts";
import { EngineError } from "../engine/engine_error.ts";
import { randomFrame } from "../engine/profile/random_frame.ts";
import { verifyEngine } from "../engine/profile/verify_engine.ts";
import { checkPlan } from "../plan/validate_plan.ts";
import { planMemory } from "../plan/plan_memory.ts";
import { buildNetwork } from "./build_network.ts";
import type { RatedNetwork } from "./candidate.ts";
import { type MemoryModelName, planOptionsOf } from "./memory_model.ts";
import type { SearchSpace } from "./search_space.ts";

/**
 * Plans a network, validates the plan, runs the network in it and compares the results with the
 * reference interpreter's: the same network with the arena that it ran in.
 *
 * @throws {PlanError} if the plan does not hold.
 * @throws {EngineError} if the results differ.
 */
export function verifyNetwork(
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
