import type { Loop, Nest } from "../nest/nest.ts";
import { dotGroup } from "../schedule/dot_group.ts";
import { reachOf } from "../schedule/find_loop.ts";
import { unitOf } from "../schedule/vector_lanes.ts";
import { loopSizes } from "./loop_sizes.ts";

/** What happens at the end of a loop that its body does not divide, in words; none if it does. */
export function remainderRemark(nest: Nest, loop: Loop, factor: number): readonly string[] {
  const unit = unitOf(nest, loop);
  const sizes = loopSizes(nest, loop);
  const left = sizes.map((size) => {
    const whole = Math.floor(size / unit);
    return Math.ceil(size / unit) - Math.floor(whole / factor) * factor;
  });
  const partial = sizes.map((size) => size % unit);
  const part = partNoun(nest, loop);
  const remarks: string[] = [];
  const saidByPart = part !== null && left.every((count, at) => count === 1 && partial[at] > 0);
  if (factor > 1 && left.some((count) => count > 0) && !saidByPart) {
    const what = left.every((count) => count === left[0])
      ? `the last ${left[0]}${part === null ? "" : ` ${part}${left[0] === 1 ? "" : "s"}`}`
      : "what is left";
    remarks.push(`${what} one by one`);
  }
  if (part !== null && partial.some((count) => count > 0)) {
    const same = partial.every((count) => count === partial[0]);
    remarks.push(same ? `the last ${part} has ${partial[0]}` : `last ${part}s may be smaller`);
  }
  return remarks;
}

// What one iteration works on as a whole, if it is more than one element; a tile that is walked by
// a loop of its own shows its end there.
function partNoun(nest: Nest, loop: Loop): "vector" | "pair" | "group" | "block" | null {
  if (loop.mode === "vector") return "vector";
  const inner = nest.loops.slice(nest.loops.indexOf(loop) + 1)
    .find((candidate) => candidate.axis === loop.axis);
  if (!inner) return null;
  if (inner.mode === "dot") return dotGroup(nest) === 2 ? "pair" : "group";
  const straight = inner.unroll === "full" || reachOf(nest, inner) <= unitOf(nest, inner);
  return straight ? "block" : null;
}
