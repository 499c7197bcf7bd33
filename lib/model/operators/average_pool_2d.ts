import type { Pool2dAttributes } from "../attributes.ts";
import type { OperatorDefinition } from "../operator_definition.ts";
import { poolFault } from "../window_faults.ts";

/** AVERAGE_POOL_2D. */
export const averagePool2d: OperatorDefinition<Pool2dAttributes> = {
  description: "Mean over windows",
  optionTable: "Pool2DOptions",
  inputs: 1,
  access: { kind: "window", over: "image", isChannelwise: true, isWeighted: false },
  check: poolFault,
};
