import type { OperatorDefinition } from "../../operator_definition.ts";
import { sizeBytes } from "../../shape.ts";
import { differ, expectShape } from "../../shape_faults.ts";

/**
 * Attributes of CIRCULAR_BUFFER.
 *
 * @category Models
 */
export interface CircularBufferAttributes {
  /** Every so many runs go on behind the buffer, the others end there; 0: by the number of slots. */
  readonly cyclesMax: number;
}

/** CIRCULAR_BUFFER. */
export const circularBuffer: OperatorDefinition<CircularBufferAttributes> = {
  description: "The last slots of a strided streaming convolution; ends runs between strides",
  optionTable: null,
  customOptions: { cyclesMax: { key: "cycles_max", kind: "int32" } },
  inputs: 1,
  access: { kind: "none" },
  check: (_, { inputs: [{ shape }], outputs: [output] }) => {
    if (shape.length !== 4 || shape[0] !== 1 || differ(shape[1], 1)) {
      return `input of shape [${shape}], needed [1, 1, columns, channels]`;
    }
    const slots = output.shape[1] ?? 0;
    return slots < 1 ? `${slots} slots` : expectShape(output, shape.with(1, slots));
  },
  keptBytes: (_, { outputs: [output] }) => 8 + sizeBytes(output),
  mayEndRun: true,
};
