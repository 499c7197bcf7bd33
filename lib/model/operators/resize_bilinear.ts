import type { OperatorDefinition } from "../operator_definition.ts";
import { type ResizeAttributes, resizeFault } from "./resize_nearest_neighbor.ts";

/** RESIZE_BILINEAR. */
export const resizeBilinear: OperatorDefinition<ResizeAttributes> = {
  description: "Scaling between the four pixels around; inputs: data, [height, width]",
  optionTable: "ResizeBilinearOptions",
  inputs: 2,
  access: { kind: "none" },
  check: (_, operands) => resizeFault(operands),
};
