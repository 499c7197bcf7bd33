import type { Axis, Loop, Nest } from "../nest/nest.ts";

/** The loop of that name, or a ScheduleError that lists the ones there are. */
export function findLoop(nest: Nest, name: string, verb: string): Loop {
  const loop = nest.loops.find((candidate) => candidate.name === name);
  if (loop) return loop;
  const names = nest.loops.map((candidate) => candidate.name).join(", ");
  throw new ScheduleError(`Cannot ${verb} "${name}": ${nest.name} has the loops ${names}`);
}

/** The axis that a loop walks. */
export function axisOf(nest: Nest, loop: Loop): Axis {
  return nest.axes.find((axis) => axis.name === loop.axis)!;
}

/** The next outer loop of the same axis: the tile that this loop walks; null if it walks the axis. */
export function tileOf(nest: Nest, loop: Loop): Loop | null {
  for (let at = nest.loops.indexOf(loop) - 1; at >= 0; at--) {
    if (nest.loops[at].axis === loop.axis) return nest.loops[at];
  }
  return null;
}

/** Most elements of its axis that one run of this loop covers. */
export function reachOf(nest: Nest, loop: Loop): number {
  const { extent } = axisOf(nest, loop);
  return Math.min(tileOf(nest, loop)?.step ?? extent, extent);
}

/**
 * A schedule step that would change the result, or that the language cannot express, and why.
 *
 * @category Schedules
 */
export class ScheduleError extends Error {
  /** Always `ScheduleError`. */
  override readonly name = "ScheduleError";
}
