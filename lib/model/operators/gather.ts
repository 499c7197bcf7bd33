import { constantValues } from "../constant.ts";
import type { Move, Operands, OperatorDefinition } from "../operator_definition.ts";
import { elements } from "../shape.ts";
import { differ, expectShape, fromFront } from "../shape_faults.ts";
import type { Tensor } from "../tensor.ts";

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
  moves: gatherMoves,
  check: ({ axis, batchDims }, { inputs: [data, indices], outputs: [output] }) => {
    const rank = data.shape.length;
    const along = fromFront(axis, rank);
    if (along === null) return `axis ${axis} of data of shape [${data.shape}]`;
    const batches = batchDims < 0 ? batchDims + indices.shape.length : batchDims;
    const isShared = (i: number) => !differ(data.shape[i], indices.shape[i]);
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

/** Batches of slices before the axis, indices of each batch, and elements of a slice behind it. */
export function gatherWalk(
  { axis, batchDims }: GatherAttributes,
  { data, indices }: { readonly data: Tensor; readonly indices: Tensor },
) {
  const along = axis < 0 ? axis + data.shape.length : axis;
  const shared = batchDims < 0 ? batchDims + indices.shape.length : batchDims;
  return {
    batches: elements(data.shape.slice(0, shared)),
    outer: elements(data.shape.slice(shared, along)),
    extent: data.shape[along],
    count: elements(indices.shape.slice(shared)),
    run: elements(data.shape.slice(along + 1)),
  };
}

/** Runs of constant indices up to which they are told one by one. */
const MOST_RUNS = 4096;

function gatherMoves(
  attributes: GatherAttributes,
  { inputs: [data, indices] }: Operands,
): readonly Move[] | null {
  const { batches, outer, extent, count, run } = gatherWalk(attributes, { data, indices });
  const slices = batches * outer;
  if (indices.data === null || indices.isSparse || indices.dtype !== "int32") return null;
  if (slices * count > MOST_RUNS) return null;
  const list = constantValues(indices) as Int32Array;
  if (list.length !== batches * count || list.some((at) => at < 0 || at >= extent)) return null;
  return Array.from({ length: slices * count }, (_, i): Move => {
    const slice = Math.floor(i / count);
    const at = list[Math.floor(slice / outer) * count + i % count];
    const [from, to] = [slice * extent + at, i].map((place) => (
      { first: place * run, steps: [1] }
    ));
    return { input: 0, output: 0, extents: [run], from, to };
  });
}
