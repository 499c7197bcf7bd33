import { affineRange } from "../nest/affine.ts";
import type { Access, Loop, Nest } from "../nest/nest.ts";
import { tensorStride } from "../schedule/strides.ts";
import type { Context } from "./expand.ts";
import type { Guard, Neighbours, Ref } from "./program.ts";

/** Strides in the row-major tensor, per step of each loop. */
export function tensorRef(nest: Nest, access: Access, loops: readonly Loop[]): Ref {
  const tensor = nest.tensors.find((candidate) => candidate.name === access.tensor)!;
  const strides: Record<string, number> = {};
  for (const loop of loops) {
    strides[loop.name] = tensorStride(tensor, access, loop.axis) * loop.step;
  }
  let offset = 0;
  let row = 1;
  for (let dimension = tensor.shape.length - 1; dimension >= 0; dimension--) {
    offset += access.index[dimension].offset * row;
    row *= tensor.shape[dimension];
  }
  return {
    ...bufferRef(tensor.name, strides),
    offset,
    guards: guardsOf(nest, access, loops),
    outside: access.outside ?? 0,
  };
}

/** A reference to the first element of a buffer, with strides per step of each loop. */
export function bufferRef(buffer: string, strides: Readonly<Record<string, number>>): Ref {
  return {
    buffer,
    offset: 0,
    strides,
    lane: 0,
    member: 0,
    isUnsigned: false,
    staged: null,
    guards: [],
    outside: 0,
    pointer: null,
  };
}

/** The element that a reference means at a place of the expansion. */
export function placeRef(ref: Ref, loops: readonly Loop[], context: Context): Ref {
  const vector = loops.find((loop) => loop.mode === "vector");
  const dot = loops.find((loop) => loop.mode === "dot");
  return {
    ...ref,
    ...placeStrides(ref, context),
    lane: vector && context.width.lanes > 1 ? ref.strides[vector.name] ?? 0 : 0,
    member: dot && context.width.group > 1 ? ref.strides[dot.name] ?? 0 : 0,
    guards: ref.guards.map((guard) => ({ ...guard, ...placeStrides(guard, context) })),
  };
}

/** The neighbours with which a placed element is loaded at once, if it is and lanes share it. */
export function stagedIn(nest: Nest, ref: Ref, context: Context): Neighbours | null {
  const staged = nest.staged.find(({ tensor }) => tensor === ref.buffer);
  if (!staged || context.width.lanes === 1) return null;
  const at = nest.loops.findIndex(({ name }) => name === staged.at);
  const { axis } = nest.loops[at];
  const first = nest.loops.slice(at + 1).filter((loop) => loop.axis === axis)
    .reduce((sum, loop) => sum + loop.step * (context.offsets.get(loop.name) ?? 0), 0);
  return { elements: context.tiles.get(staged.at)!.sizes[0], first };
}

function placeStrides(
  ref: { readonly offset: number; readonly strides: Readonly<Record<string, number>> },
  context: Context,
): { offset: number; strides: Record<string, number> } {
  let offset = ref.offset;
  for (const [loop, steps] of context.offsets) offset += steps * (ref.strides[loop] ?? 0);
  const strides: Record<string, number> = {};
  for (const loop of context.path) {
    if (ref.strides[loop]) strides[loop] = ref.strides[loop];
  }
  return { offset, strides };
}

function guardsOf(nest: Nest, access: Access, loops: readonly Loop[]): Guard[] {
  if (access.outside === undefined) return [];
  const { shape } = nest.tensors.find((candidate) => candidate.name === access.tensor)!;
  const extents = new Map(nest.axes.map((axis) => [axis.name, axis.extent]));
  return access.index.flatMap((index, dimension) => {
    const { least, most } = affineRange(index, extents);
    if (least >= 0 && most < shape[dimension]) return [];
    const strides: Record<string, number> = {};
    for (const loop of loops) strides[loop.name] = (index.terms[loop.axis] ?? 0) * loop.step;
    return [{ offset: index.offset, strides, extent: shape[dimension] }];
  });
}
