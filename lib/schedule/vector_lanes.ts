import { dtypeBytes } from "../nest/dtype.ts";
import type { Nest } from "../nest/nest.ts";

const registerBytes = 16;

/** Elements of the target that one 128-bit register holds. */
export function vectorLanes(nest: Nest): number {
  const target = nest.tensors.find((tensor) => tensor.name === nest.body.target.tensor)!;
  return registerBytes / dtypeBytes(target.dtype);
}
