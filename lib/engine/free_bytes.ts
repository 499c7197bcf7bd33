import type { Region } from "../kernel/kernel.ts";
import type { Plan } from "../plan/plan.ts";
import { SCRATCH_ALIGNMENT_BYTES } from "../plan/scratch.ts";

/** What scratch memory in the arena is called: no tensor or buffer of a plan is. */
export const SCRATCH = "scratch";

/** The longest stretch of the arena that holds nothing while a step runs; null without one. */
export function freeBytes({ steps, buffers, peakBytes }: Plan, step: number): Region | null {
  const { segment } = steps[step];
  const together = steps.flatMap((each, i) => (
    i === step || segment !== null && each.segment === segment ? [i] : []
  ));
  const [first, last] = [together[0], together[together.length - 1]];
  const taken = buffers.filter(({ from, until }) => from <= last && until > first)
    .toSorted((a, b) => a.offsetBytes - b.offsetBytes);
  let best: Region | null = null;
  let next = 0;
  const see = (until: number) => {
    const offsetBytes = Math.ceil(next / SCRATCH_ALIGNMENT_BYTES) * SCRATCH_ALIGNMENT_BYTES;
    const sizeBytes = until - offsetBytes;
    if (sizeBytes <= (best?.sizeBytes ?? 0)) return;
    best = { name: SCRATCH, space: "arena", offsetBytes, sizeBytes, check: null };
  };
  for (const { offsetBytes, sizeBytes } of taken) {
    see(offsetBytes);
    next = Math.max(next, offsetBytes + sizeBytes);
  }
  see(peakBytes);
  return best;
}
