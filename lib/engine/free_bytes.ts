import type { Region } from "../kernel/kernel.ts";
import type { Plan } from "../plan/plan.ts";

/** Places of scratch memory are multiples of this: for loads of two words. */
const ALIGNMENT_BYTES = 8;

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
    const offsetBytes = Math.ceil(next / ALIGNMENT_BYTES) * ALIGNMENT_BYTES;
    const sizeBytes = until - offsetBytes;
    if (sizeBytes <= (best?.sizeBytes ?? 0)) return;
    best = { name: "free", space: "arena", offsetBytes, sizeBytes, check: null };
  };
  for (const { offsetBytes, sizeBytes } of taken) {
    see(offsetBytes);
    next = Math.max(next, offsetBytes + sizeBytes);
  }
  see(peakBytes);
  return best;
}
