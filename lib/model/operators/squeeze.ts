import type { OperatorDefinition } from "../operator_definition.ts";
import { sameElementsFault } from "../shape_faults.ts";

/**
 * Attributes of SQUEEZE.
 *
 * @category Models
 */
export interface SqueezeAttributes {
  /** Dimensions to drop; empty for all of extent 1. */
  readonly squeezeDims: readonly number[];
}

/** SQUEEZE. */
export const squeeze: OperatorDefinition<SqueezeAttributes> = {
  description: "Drops dimensions of extent 1",
  optionTable: "SqueezeOptions",
  inputs: 1,
  access: { kind: "view" },
  check: (_, operands) => sameElementsFault(operands),
};
