import type { Model } from "../../model/model.ts";
import type { Plan, PlanBuffer } from "../plan.ts";
import { SCRATCH_ALIGNMENT_BYTES, type StepScratch } from "../scratch.ts";
import { finding, type PlanFinding } from "./check_removed.ts";

/**
 * Whether the memory that kernels work in is where nothing else lies while their step runs: no buffer
 * that is alive at the step, or at any of its segment, and within the arena or the bytes beside it.
 */
export function checkScratch(plan: Plan, model: Model): PlanFinding[] {
  const { scratch } = plan;
  // A plan read from a file may be older than the field.
  if (scratch === null || scratch === undefined) return [];
  const { steps, besideBytes } = scratch;
  if (!isCount(besideBytes)) {
    return [finding(`scratch memory beside the arena has ${besideBytes} bytes, needed a count`)];
  }
  return steps.flatMap((own, index) => [
    ...checkPlace(plan, own),
    ...checkTurns(own, steps.slice(0, index)),
    ...own.place === "arena" ? checkAlive(plan, own, model) : [],
  ]);
}

/** The step is one of the plan, and the bytes are some that there are. */
function checkPlace(plan: Plan, own: StepScratch): PlanFinding[] {
  const { step, place, offsetBytes, sizeBytes } = own;
  if (plan.steps[step] === undefined) {
    return [finding(`scratch memory is for step ${step}, which the plan does not have`)];
  }
  const object = (message: string) => [
    finding(`${textOf(own)} ${message}`, whereOf(plan, own, offsetBytes)),
  ];
  if (place !== "arena" && place !== "beside") {
    return object(`lies in "${place}", needed "arena" or "beside"`);
  }
  if (!isCount(offsetBytes) || !isCount(sizeBytes) || sizeBytes === 0) {
    return object("needs whole numbers, and a size of at least 1");
  }
  if (offsetBytes % SCRATCH_ALIGNMENT_BYTES !== 0) {
    return object(`does not begin at a multiple of ${SCRATCH_ALIGNMENT_BYTES}`);
  }
  const end = place === "arena" ? plan.peakBytes : plan.scratch!.besideBytes;
  if (offsetBytes + sizeBytes <= end) return [];
  const whose = place === "arena" ? "the arena" : "the memory beside the arena";
  return object(`ends at ${offsetBytes + sizeBytes}, ${whose} at ${end}`);
}

/** A step's own pieces are apart. */
function checkTurns(own: StepScratch, others: readonly StepScratch[]): PlanFinding[] {
  const same = others.find(({ step, place, ...other }) =>
    step === own.step && place === own.place && isOver(own, other)
  );
  if (same === undefined) return [];
  return [finding(`${textOf(own)} lies over more of the same step`, { step: own.step })];
}

/** Nothing alive lies there. */
function checkAlive(plan: Plan, own: StepScratch, model: Model): PlanFinding[] {
  const { segments, buffers } = plan;
  const { step } = own;
  // A segment's layers take turns until its last is done.
  const { from, until } = segments.find((each) => each.from <= step && step < each.until) ??
    { from: step, until: step + 1 };
  return buffers.filter((buffer) =>
    buffer.sizeBytes > 0 && buffer.from < until && from < buffer.until && isOver(own, buffer)
  ).map((buffer) => {
    const first = Math.max(own.offsetBytes, buffer.offsetBytes);
    const last = Math.min(own.offsetBytes + own.sizeBytes, buffer.offsetBytes + buffer.sizeBytes) -
      1;
    const message = `${textOf(own)} lies over ${
      nameOf(buffer, model)
    } at bytes ${first} to ${last}`;
    return finding(message, { ...whereOf(plan, own, first), tensor: buffer.tensors[0] ?? -1 });
  });
}

function isOver(
  a: Pick<StepScratch, "offsetBytes" | "sizeBytes">,
  b: Pick<StepScratch, "offsetBytes" | "sizeBytes">,
): boolean {
  return a.offsetBytes < b.offsetBytes + b.sizeBytes && b.offsetBytes < a.offsetBytes + a.sizeBytes;
}

function isCount(value: number): boolean {
  return Number.isInteger(value) && value >= 0;
}

function textOf({ step, kernel, place, offsetBytes, sizeBytes }: StepScratch): string {
  const where = place === "arena" ? "of the arena" : "beside the arena";
  const last = offsetBytes + sizeBytes - 1;
  return `scratch memory of step ${step} (${kernel}), bytes ${offsetBytes} to ${last} ${where},`;
}

function whereOf({ steps }: Plan, { step, place }: StepScratch, byte: number) {
  return { step, operator: steps[step].operator, byte: place === "arena" ? byte : -1 };
}

function nameOf({ id, name, tensors }: PlanBuffer, model: Model): string {
  if (tensors.length === 0) return `buffer ${id} (${name})`;
  return tensors.map((tensor) => `t${tensor} "${model.tensors[tensor]?.name}"`).join(", ");
}
