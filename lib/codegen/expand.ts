import type { Loop } from "../nest/nest.ts";
import {
  type Accumulate,
  type Chain,
  innermost,
  type LoopExtent,
  type LoopPart,
  type LoopRange,
  type Node,
  type Register,
  type Width,
} from "./program.ts";

/** What a list of loops is expanded around: a nest's body, or the copy of a pack. */
export interface Expansion {
  readonly loops: readonly ExpandedLoop[];
  readonly lanes: number;
  /** Elements of a group, where there is a dot loop. */
  readonly group: Width["group"];
  readonly accumulateAt: string | null;
  readonly update: "add" | "max" | "set";
  /** What accumulated registers start from; null: from what the target holds. */
  readonly start: number | null;
  /** Nodes at the start of a loop's body: packed copies. */
  readonly enter: (loop: string | null, context: Context) => readonly Node[];
  /** Nodes at its end: copies written back. */
  readonly leave: (loop: string | null, context: Context) => readonly Node[];
  readonly leaf: (context: Context) => readonly Node[];
  /** Extents of the axes outside all loops. */
  readonly extents: ReadonlyMap<string, LoopExtent>;
  /** Whether the first loop may be cut short by a warm-up call. */
  readonly outermost: boolean;
}

/** A loop with what its expansion needs to know. */
export interface ExpandedLoop extends Loop {
  /** Its tile's body depends on the exact extent, so each size gets a body of its own. */
  readonly fixed: boolean;
  /** Its elements are used in whole groups, so its extent is rounded up to its step. */
  readonly grouped: boolean;
  /** The vector runs along a reduction. */
  readonly reduces: boolean;
  /** A shorter tile is filled up to this many elements, for which the leaf is told so. */
  readonly padTo: number;
}

/** Where in the expansion a node stands. */
export interface Context {
  /** What is left of each axis, by axis. */
  readonly extents: Chain<LoopExtent>;
  /** What one iteration of each loop covers, by loop. */
  readonly tiles: Chain<LoopExtent>;
  /** Steps by which unrolled copies are displaced, by loop. */
  readonly offsets: Chain<number>;
  /** Loops that exist at run time, outermost first. */
  readonly path: readonly string[];
  readonly width: Width;
  readonly registers: Map<string, Register> | null;
  /** Past the end of a tile that is filled up. */
  readonly beyond: boolean;
}

/** One element at a time. */
export const scalar: Width = { lanes: 1, active: 1, group: 1, members: 1, reduces: false };

/** Turns loops into ranges with unrolled bodies and explicit remainders. */
export function expand(expansion: Expansion, context: Context): Node[] {
  const nodes = [...expansion.enter(null, context)];
  expandFrom(expansion, 0, context, nodes);
  nodes.push(...expansion.leave(null, context));
  return nodes;
}

/** Adds to `out` what the loops from one on expand to. */
function expandFrom(expansion: Expansion, depth: number, context: Context, out: Node[]): void {
  const loop = expansion.loops[depth];
  if (!loop) {
    out.push(...expansion.leaf(context));
  } else if (loop.name === expansion.accumulateAt && !context.registers) {
    const registers = new Map<string, Register>();
    const body: Node[] = [];
    expandFrom(expansion, depth, { ...context, registers }, body);
    const node: Accumulate = {
      kind: "accumulate",
      registers: [...registers.values()],
      update: expansion.update as "add" | "max",
      start: expansion.start,
      body,
    };
    out.push(node);
  } else if (loop.padTo > 0) {
    expandPadded(expansion, depth, context, out);
  } else if (loop.mode === "dot") {
    const width = groupWidth(expansion, context);
    const [size] = extentOf(expansion, loop, context).sizes;
    const members = Math.min(size, width.group);
    expandFrom(expansion, depth + 1, { ...context, width: { ...width, members } }, out);
  } else {
    expandLoop(expansion, depth, context, out);
  }
}

function expandPadded(expansion: Expansion, depth: number, context: Context, out: Node[]): void {
  const loop = expansion.loops[depth];
  const [size] = innermost(context.extents, loop.axis)!.sizes;
  const inside = (changes: Partial<Context>) => {
    expandFrom(expansion, depth + 1, { ...context, ...changes }, out);
  };
  if (loop.mode === "dot") {
    inside({ width: groupWidth(expansion, context), beyond: size < loop.padTo });
  } else if (loop.mode === "vector" && size === loop.padTo) {
    inside({ width: { ...context.width, lanes: expansion.lanes, active: size } });
  } else {
    for (let copy = 0; copy < loop.padTo; copy++) {
      const offsets = { name: loop.name, value: copy, outer: context.offsets };
      inside({ offsets, beyond: copy >= size });
    }
  }
}

function extentOf({ extents }: Expansion, { axis }: ExpandedLoop, context: Context): LoopExtent {
  return innermost(context.extents, axis) ?? extents.get(axis)!;
}

function groupWidth({ group }: Expansion, { width }: Context): Width {
  return { ...width, group, members: group };
}

function expandLoop(expansion: Expansion, depth: number, context: Context, out: Node[]): void {
  const loop = expansion.loops[depth];
  const { name } = loop;
  const lanes = loop.mode === "vector" ? expansion.lanes : 1;
  const unit = loop.step * lanes;
  const given = extentOf(expansion, loop, context);
  const sizes = loop.grouped
    ? [...new Set(given.sizes.map((size) => Math.ceil(size / loop.step) * loop.step))]
    : given.sizes;
  const outermost = depth === 0 && expansion.outermost;
  const path = [...context.path, name];
  const within = (extent: LoopExtent, dynamic: boolean, active = lanes): Context => ({
    ...context,
    extents: { name: loop.axis, value: extent, outer: context.extents },
    tiles: { name, value: extent, outer: context.tiles },
    path: dynamic ? path : context.path,
    width: loop.mode === "vector"
      ? { ...context.width, lanes, active, reduces: loop.reduces }
      : context.width,
  });
  const inside = (first: Context, copy: number, nodes: Node[]): void => {
    const inner = copy === 0
      ? first
      : { ...first, offsets: { name, value: copy * lanes, outer: context.offsets } };
    nodes.push(...expansion.enter(name, inner));
    expandFrom(expansion, depth + 1, inner, nodes);
    nodes.push(...expansion.leave(name, inner));
  };
  const whole = (copies: number, dynamic: boolean, nodes: Node[] = []): Node[] => {
    const first = within(exactly(loop.step), dynamic);
    for (let copy = 0; copy < copies; copy++) inside(first, copy, nodes);
    return nodes;
  };
  const tail = (size: number, copy: number, dynamic: boolean, nodes: Node[] = []): Node[] => {
    const isVector = loop.mode === "vector";
    inside(within(exactly(isVector ? 1 : size), dynamic, isVector ? size : lanes), copy, nodes);
    return nodes;
  };

  if (sizes.length === 1 && loop.mode !== "parallel") {
    const iterations = Math.floor(sizes[0] / unit);
    const rest = sizes[0] % unit;
    const copies = loop.unroll === "full" ? iterations : Math.min(loop.unroll, iterations);
    const single = iterations + (rest > 0 ? 1 : 0) === 1;
    if (single || (loop.fixed && iterations <= copies) || (iterations <= copies && rest === 0)) {
      whole(iterations, false, out);
      if (rest > 0) tail(rest, iterations, false, out);
      return;
    }
    if (!outermost && (rest === 0 || loop.fixed || loop.step === 1)) {
      const parts: LoopPart[] = [];
      const mains = Math.floor(iterations / Math.max(copies, 1));
      if (mains > 0) parts.push({ times: mains, unit: unit * copies, body: whole(copies, true) });
      const single = iterations - mains * copies;
      if (single > 0) parts.push({ times: single, unit, body: whole(1, true) });
      if (rest > 0) parts.push({ times: 1, unit: rest, body: tail(rest, 0, true) });
      out.push(range(loop, { ...given, sizes }, parts, false));
      return;
    }
  }

  const rests = [...new Set(sizes.map((size) => size % unit))].filter((rest) => rest > 0);
  const most = Math.floor(sizes[0] / unit);
  const copies = loop.unroll === "full" ? most : Math.min(loop.unroll, most);
  const parts: LoopPart[] = [];
  if (copies > 1) parts.push({ times: "fits", unit: unit * copies, body: whole(copies, true) });
  if (loop.fixed || rests.length === 0) {
    const times = loop.grouped ? "left" : "fits";
    if (most > 0) parts.push({ times, unit, body: whole(1, true) });
    for (const rest of rests) {
      parts.push({ times: "equals", unit: rest, body: tail(rest, 0, true) });
    }
  } else {
    const inner = {
      sizes: [...(most > 0 ? [loop.step] : []), ...rests],
      within: loop.name,
      given: null,
    };
    const body: Node[] = [];
    inside(within(inner, true), 0, body);
    parts.push({ times: "left", unit, body });
  }
  out.push(range(loop, { ...given, sizes }, parts, outermost));
}

function exactly(size: number): LoopExtent {
  return { sizes: [size], within: null, given: null };
}

function range(
  loop: ExpandedLoop,
  extent: LoopExtent,
  parts: readonly LoopPart[],
  outermost: boolean,
): LoopRange {
  return {
    kind: "range",
    loop: loop.name,
    step: loop.step,
    extent,
    parallel: loop.mode === "parallel",
    outermost,
    parts,
    pointers: [],
  };
}
