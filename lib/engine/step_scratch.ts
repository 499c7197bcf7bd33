import type { Region, Value } from "../kernel/kernel.ts";
import { valuesOf, visitStatements, visitValue } from "../kernel/parts.ts";
import type { Plan } from "../plan/plan.ts";
import { PlanError } from "../plan/plan_options.ts";
import type { PlanScratch, StepScratch } from "../plan/scratch.ts";
import type { Layer, LayerKernel } from "./layer.ts";
import { freeBytes, SCRATCH } from "./memory_map.ts";

/** What a kernel may work in while its step runs: what the plan says, or what there is to take. */
export function scratchOffer(
  plan: Plan,
  step: number,
  { scratch, workspace, worksInArena }: {
    /** What the plan says; null: nothing yet. */
    readonly scratch: PlanScratch | null;
    /** All memory beside the arena. */
    readonly workspace: Region;
    /** Whether kernels are such that work in bytes of the arena. */
    readonly worksInArena: boolean;
  },
): Pick<Layer, "free" | "workspace"> {
  if (scratch === null) return { free: worksInArena ? freeBytes(plan, step) : null, workspace };
  const named = (place: StepScratch["place"]) =>
    scratch.steps.find((each) => each.step === step && each.place === place);
  const [arena, beside] = [named("arena"), named("beside")];
  const placed = ({ offsetBytes = 0, sizeBytes = 0 }: Partial<StepScratch> = {}) => (
    { offsetBytes, sizeBytes }
  );
  return {
    free: arena === undefined
      ? null
      : { name: SCRATCH, space: "arena", ...placed(arena), check: null },
    workspace: { ...workspace, ...placed(beside) },
  };
}

/** What the plan says, for each step of a program; of a subgraph's steps what the one that runs it has. */
export function scratchByStep(
  scratch: PlanScratch | null,
  originOf: readonly number[],
): PlanScratch | null {
  if (scratch === null) return null;
  const steps = originOf.flatMap((origin, step) =>
    scratch.steps.filter((each) => each.step === origin).map((each) => ({ ...each, step }))
  );
  return { ...scratch, steps };
}

/**
 * What kernels do work in, by the plan's steps that they belong to: the bytes that their code has
 * pointers to, a stretch for each place.
 */
export function usedScratch(
  kernels: readonly LayerKernel[],
  originOf: readonly number[],
): readonly StepScratch[] {
  const own = scratchOfKernels(kernels).map((each) => ({ ...each, step: originOf[each.step] }));
  // Kernels of a subgraph take turns in what the step that runs it has beside the arena.
  return [...Map.groupBy(own, ({ step, place }) => `${step} ${place}`).values()].map((same) => {
    const offsetBytes = Math.min(...same.map((each) => each.offsetBytes));
    const end = Math.max(...same.map((each) => each.offsetBytes + each.sizeBytes));
    return { ...same[0], offsetBytes, sizeBytes: end - offsetBytes };
  });
}

function scratchOfKernels(kernels: readonly LayerKernel[]): readonly StepScratch[] {
  return kernels.flatMap(({ kernel, code }, step) => {
    const regions = new Set<Region>();
    const see = (value: Value) =>
      visitValue(value, (each) => {
        if (each.kind === "address") regions.add(each.region);
      });
    for (const { body, returns } of code) {
      visitStatements(body, (statement) => valuesOf(statement).forEach(see));
      if (returns !== null) see(returns);
    }
    return (["arena", "beside"] as const).flatMap((place): StepScratch[] => {
      const own = [...regions].filter(({ name, space, sizeBytes }) =>
        sizeBytes > 0 && (place === "arena" ? name === SCRATCH : space === "workspace")
      );
      if (own.length === 0) return [];
      const offsetBytes = Math.min(...own.map((region) => region.offsetBytes));
      const end = Math.max(...own.map((region) => region.offsetBytes + region.sizeBytes));
      return [{ step, kernel, place, offsetBytes, sizeBytes: end - offsetBytes }];
    });
  });
}

/** Bytes beside the arena that all steps can take turns in. */
export function besideBytesOf(steps: readonly StepScratch[]): number {
  const ends = steps.filter(({ place }) => place === "beside")
    .map(({ offsetBytes, sizeBytes }) => offsetBytes + sizeBytes);
  return Math.max(0, ...ends);
}

/**
 * Refuses a plan whose scratch memory is not what its kernels work in.
 *
 * @throws {PlanError} with the first step that differs.
 */
export function refuseOtherScratch(
  { steps, scratch }: Plan,
  used: readonly StepScratch[],
): void {
  if (scratch === null) return;
  const textOf = (all: readonly StepScratch[], step: number) =>
    all.filter((each) => each.step === step)
      .map(({ place, offsetBytes, sizeBytes }) =>
        `${sizeBytes} bytes at ${offsetBytes} ${place === "arena" ? "of" : "beside"} the arena`
      ).toSorted().join(" and ") || "none";
  for (const [step, { operator, name }] of steps.entries()) {
    const [planned, needed] = [textOf(scratch.steps, step), textOf(used, step)];
    if (planned === needed) continue;
    throw new PlanError(
      `step ${step} (operator ${operator} ${name}): the plan has scratch memory for kernels of ` +
        `${scratch.kernels}, ${planned}; the kernel here works in ${needed}`,
    );
  }
}
