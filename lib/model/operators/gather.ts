import { expectShape, fromFront } from "../shape_faults.ts";
import type { OperatorDefinition } from "../operator_definition.ts";

/**
 * Attributes of GATHER.
 *
 * @category Models
 */
export interface GatherAttributes {
  /** The dimension that indices are of; negative counts from the end. */
  readonly axis: number;
  /** Leading dimensions that data and indices share; negative counts from the end of the indices'. */
  readonly batchDims: number;
}

/** GATHER. */
export const gather: OperatorDefinition<GatherAttributes> = {
  description: "Slices of one dimension, by indices; inputs: data, indices",
  optionTable: "GatherOptions",
  inputs: 2,
  access: { kind: "movement" },
  check: ({ axis, batchDims }, { inputs: [data, indices], outputs: [output] }) => {
    const rank = data.shape.length;
    const along = fromFront(axis, rank);
    if (along === null) return `axis ${axis} of data of shape [${data.shape}]`;
    const batches = batchDims < 0 ? batchDims + indices.shape.length : batchDims;
    const isShared = (i: number) => data.shape[i] === indices.shape[i];
    const isBatched = batches >= 0 && batches <= along && batches <= indices.shape.length &&
      data.shape.slice(0, batches).every((_, i) => isShared(i));
    if (!isBatched) {
      return `${batchDims} batch dimensions of data of shape [${data.shape}], axis ${axis}, and ` +
        `indices of shape [${indices.shape}]`;
    }
    return expectShape(output, [
      ...data.shape.slice(0, along),
      ...indices.shape.slice(batches),
      ...data.shape.slice(along + 1),
    ]);
  },
};
