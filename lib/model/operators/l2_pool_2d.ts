import type { Pool2dAttributes } from "../attributes.ts";
import type { OperatorDefinition } from "../operator_definition.ts";
import { poolFault } from "../window_faults.ts";

/** L2_POOL_2D. */
export const l2Pool2d: OperatorDefinition<Pool2dAttributes> = {
  description: "Root of the mean of squares over windows",
  optionTable: "Pool2DOptions",
  inputs: 1,
  access: { kind: "window", over: "image", isChannelwise: true, isWeighted: false },
  check: poolFault,
};
