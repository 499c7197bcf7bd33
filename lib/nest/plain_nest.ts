import type { Nest } from "./nest.ts";

/** The same computation with its schedule taken off: one loop per axis, in the order of the axes. */
export function plainNest(nest: Nest): Nest {
  return {
    ...nest,
    loops: nest.axes.map((axis) => (
      { name: axis.name, axis: axis.name, step: 1, unroll: 1, mode: "serial" }
    )),
    packs: [],
    staged: [],
    accumulateAt: null,
    steps: [],
  };
}
