import type { Nest } from "../nest/nest.ts";

/** The same text for schedules that are the same but for the order of steps and loops' names. */
export function identity({ loops, packs, accumulateAt }: Nest): string {
  const placeOf = (name: string | null): number => loops.findIndex((loop) => loop.name === name);
  return JSON.stringify([
    loops.map(({ axis, step, unroll, mode }) => [axis, step, unroll, mode]),
    packs.map(({ tensor, at, dtype }) => [tensor, placeOf(at), dtype]).toSorted(),
    placeOf(accumulateAt),
  ]);
}
