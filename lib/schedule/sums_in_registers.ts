import type { Nest } from "../nest/nest.ts";
import { axisOf } from "./find_loop.ts";

/** Whether the target stays in registers from the first to the last of its updates. */
export function sumsInRegisters(nest: Nest): boolean {
  const first = nest.loops.findIndex((loop) => axisOf(nest, loop).role === "reduction");
  const held = nest.loops.findIndex((loop) => loop.name === nest.accumulateAt);
  return held >= 0 && held <= first;
}
