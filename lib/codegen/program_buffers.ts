import { elementsOf } from "../nest/define_nest.ts";
import type { Nest } from "../nest/nest.ts";
import { packedElements } from "../schedule/strides.ts";
import { packedName } from "./lower_pack.ts";
import type { ProgramBuffer } from "./program.ts";

/** The memory of a nest: its tensors, and the copies that its schedule makes. */
export function buffersOf(nest: Nest): ProgramBuffer[] {
  const tensors = nest.tensors.map((tensor): ProgramBuffer => ({
    name: tensor.name,
    dtype: tensor.dtype,
    elements: elementsOf(tensor),
    role: tensor.role,
    perThread: false,
  }));
  const parallel = nest.loops.findIndex((loop) => loop.mode === "parallel");
  const copies = nest.packs.map((pack): ProgramBuffer => {
    const at = nest.loops.findIndex((loop) => loop.name === pack.at);
    return {
      name: packedName(pack),
      dtype: pack.dtype,
      elements: packedElements(nest, pack),
      role: "packed",
      perThread: parallel >= 0 && at >= parallel,
    };
  });
  return [...tensors, ...copies];
}
