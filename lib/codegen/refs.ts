import type { Access, Loop, Nest } from "../nest/nest.ts";
import { affineRange } from "../nest/affine.ts";
import { neighboursOf, tensorStride } from "../schedule/strides.ts";
import type { Context } from "./expand.ts";
import {
  type Compute,
  type Expression,
  type Guard,
  innermost,
  type Neighbours,
  type Node,
  type Ref,
} from "./program.ts";

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

/**
 * What tells which element a reference means at a place of the expansion. References in the body of the
 * same loops share their strides, which makes them quick to compare.
 */
export function placerOf(
  ref: Ref,
  loops: readonly Loop[],
  stage: (context: Context) => Neighbours | null = () => null,
): (context: Context) => Ref {
  const strideOf = (mode: Loop["mode"]) => {
    const loop = loops.find((each) => each.mode === mode);
    return loop ? ref.strides[loop.name] ?? 0 : 0;
  };
  const [lane, member] = [strideOf("vector"), strideOf("dot")];
  const stridesAt = moving(ref.strides);
  const guards = ref.guards.map((guard) => ({ guard, stridesAt: moving(guard.strides) }));
  return (context) => ({
    buffer: ref.buffer,
    offset: displaced(ref, context),
    strides: stridesAt(context.path),
    lane: context.width.lanes > 1 ? lane : 0,
    member: context.width.group > 1 ? member : 0,
    isUnsigned: ref.isUnsigned,
    staged: stage(context),
    guards: guards.map(({ guard, stridesAt }) => ({
      offset: displaced(guard, context),
      strides: stridesAt(context.path),
      extent: guard.extent,
    })),
    outside: ref.outside,
    pointer: null,
  });
}

/** The neighbours with which elements of a tensor are loaded at once at a place, if lanes share them. */
export function stagerOf(nest: Nest, tensor: string): (context: Context) => Neighbours | null {
  const staged = nest.staged.find((each) => each.tensor === tensor);
  if (!staged) return () => null;
  const { axis, around } = neighboursOf(nest, staged);
  const at = nest.loops.findIndex(({ name }) => name === staged.at);
  const inner = nest.loops.slice(at + 1).filter((loop) => loop.axis === axis);
  const whole = nest.axes.find(({ name }) => name === axis)!.extent;
  return ({ width, offsets, tiles }) => {
    if (width.lanes === 1) return null;
    const first = inner.reduce(
      (sum, { name, step }) => sum + step * (innermost(offsets, name) ?? 0),
      0,
    );
    const elements = around === null ? whole : innermost(tiles, around)!.sizes[0];
    return { elements, first };
  };
}

type Strides = Readonly<Record<string, number>>;

function displaced(
  { offset, strides }: { readonly offset: number; readonly strides: Strides },
  { offsets }: Context,
): number {
  let sum = offset;
  for (let link = offsets; link !== null; link = link.outer) {
    sum += link.value * (strides[link.name] ?? 0);
  }
  return sum;
}

/** The strides of those loops that exist at run time, by the path of these; the same ones for a path. */
function moving(strides: Strides): (path: readonly string[]) => Strides {
  const known = new Map<readonly string[], Strides>();
  return (path) => {
    const found = known.get(path) ??
      Object.fromEntries(path.filter((loop) => strides[loop]).map((loop) => [loop, strides[loop]]));
    known.set(path, found);
    return found;
  };
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

/** The same nodes with every reference replaced. */
export function mapRefs(nodes: readonly Node[], map: (ref: Ref) => Ref): Node[] {
  return nodes.map((node): Node => {
    switch (node.kind) {
      case "let":
        return { ...node, ref: map(node.ref) };
      case "compute":
        return mapComputeRefs(node, map);
      case "accumulate":
        return {
          ...node,
          registers: node.registers.map((each) => ({
            ...each,
            ref: map(each.ref),
            added: each.added && map(each.added),
            finish: each.finish && mapValueRefs(each.finish, map),
          })),
          body: mapRefs(node.body, map),
        };
      case "range":
        return {
          ...node,
          parts: node.parts.map((part) => ({ ...part, body: mapRefs(part.body, map) })),
        };
      case "prefetch":
        return { ...node, ref: map(node.ref) };
      case "barrier":
        return node;
    }
  });
}

/** The same update with every reference replaced. */
export function mapComputeRefs(compute: Compute, map: (ref: Ref) => Ref): Compute {
  return {
    ...compute,
    target: "ref" in compute.target ? { ref: map(compute.target.ref) } : compute.target,
    value: mapValueRefs(compute.value, map),
  };
}

/** The same value with every reference replaced. */
export function mapValueRefs(value: Expression, map: (ref: Ref) => Ref): Expression {
  const inner = (each: Expression) => mapValueRefs(each, map);
  switch (value.kind) {
    case "load":
      return { ...value, ref: map(value.ref) };
    case "binary":
      return { ...value, left: inner(value.left), right: inner(value.right) };
    case "pair":
      return { ...value, first: inner(value.first), second: inner(value.second) };
    case "requantize":
      return {
        ...value,
        value: inner(value.value),
        multiplier: inner(value.multiplier),
        shift: inner(value.shift),
      };
    default:
      return value;
  }
}

/** Every element that a value loads, in order. */
export function loadedRefs(value: Expression): Ref[] {
  if (value.kind === "load") return [value.ref];
  if (value.kind === "pair") return [...loadedRefs(value.first), ...loadedRefs(value.second)];
  if (value.kind === "requantize") {
    return [value.value, value.multiplier, value.shift].flatMap(loadedRefs);
  }
  if (value.kind !== "binary") return [];
  return [...loadedRefs(value.left), ...loadedRefs(value.right)];
}

/** Names of the buffers that nodes write. */
export function writtenIn(nodes: readonly Node[]): Set<string> {
  const written = new Set<string>();
  const visit = (node: Node): void => {
    if (node.kind === "compute" && "ref" in node.target) written.add(node.target.ref.buffer);
    if (node.kind === "accumulate") {
      for (const { ref } of node.registers) written.add(ref.buffer);
      node.body.forEach(visit);
    }
    if (node.kind === "range") node.parts.forEach((part) => part.body.forEach(visit));
  };
  nodes.forEach(visit);
  return written;
}
