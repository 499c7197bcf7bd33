import { allReadsOf, elementsOf } from "../nest/define_nest.ts";
import type { Nest } from "../nest/nest.ts";
import { mapRefs } from "./map_refs.ts";
import type { Node, Ref } from "./program.ts";

/** A tensor whose rows are a buffer each, and how many there are. */
export interface SplitTensor {
  readonly tensor: string;
  /** Rows that there are, along its first dimension. */
  readonly rows: number;
}

/** The buffer of a row of a tensor. */
export function rowName(tensor: string, row: number): string {
  return `${tensor}${row}`;
}

/**
 * Makes each row of a tensor, along its first dimension, a buffer of its own: where rows are any
 * distance apart, so that no stride leads from one to the next.
 *
 * @throws {TypeError} it is no tensor of the nest, has other rows, or a loop goes over them.
 */
export function splitRows(
  nodes: readonly Node[],
  nest: Nest,
  { tensor: name, rows }: SplitTensor,
): Node[] {
  const tensor = nest.tensors.find((each) => each.name === name);
  if (!tensor) throw new TypeError(`${nest.name} has no tensor ${name} whose rows could be given`);
  if (tensor.shape[0] !== rows) {
    throw new TypeError(`${name} has ${tensor.shape[0]} rows, found pointers to ${rows}`);
  }
  const along = new Set(
    [nest.body.target, ...allReadsOf(nest.body)].filter((access) => access.tensor === name)
      .flatMap(({ index }) => Object.keys(index[0].terms)),
  );
  const rowElements = elementsOf(tensor) / rows;
  return mapRefs(nodes, (ref: Ref): Ref => {
    if (ref.buffer !== name) return ref;
    const loop = nest.loops.find((each) => along.has(each.axis) && ref.strides[each.name]);
    if (loop || ref.lane >= rowElements) {
      const over = loop?.name ?? "a vector";
      throw new TypeError(`"${over}" goes over rows of ${name}, which are given; unroll it`);
    }
    const row = Math.floor(ref.offset / rowElements);
    return { ...ref, buffer: rowName(name, row), offset: ref.offset - row * rowElements };
  });
}
