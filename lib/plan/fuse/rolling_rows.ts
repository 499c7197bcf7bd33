import { roundUp } from "../offsets/offset_problem.ts";
import type { Extent, Granularity } from "../segment.ts";
import {
  accumulator,
  firstStart,
  type Fusion,
  packRings,
  type Part,
  type PartRing,
} from "./fusion.ts";
import { segmentNeed, shareAll, type Surroundings } from "./part_rules.ts";
import { pull, type UnitRead } from "./pull.ts";
import { type Flow, rollingRules, tileExtents, unitNodes } from "./stretch.ts";

/** What is common to the rolling segments of one unit that end at the same place. */
export interface RollingOptions {
  readonly unit: Granularity;
  /** Strips of columns, each with its halo: more of them, smaller rings, more multiply-accumulates. */
  readonly strips: number;
  /** Segments that need this much or more are of no use. */
  readonly limitBytes: number;
  /** See `unitNodes`. */
  readonly reaches: Map<string, Pick<UnitRead, "end" | "first">>;
  readonly around: (from: number, until: number) => Surroundings;
  /** Which ranges are to be looked at. */
  readonly isUseful: (from: number, until: number) => boolean;
  /** Moment (`performance.now()`) at which to give up; none when absent. */
  readonly deadlineMs?: number;
}

const NO_RULES = { pairings: [], inPlace: [] };

// Operators that are looked at first; more as long as longer segments may be of use.
const SHORT = 8;

/** Every rolling segment of at least two operators that ends before `until`; null: out of time. */
export function rollingParts(
  fusion: Fusion,
  until: number,
  options: RollingOptions,
): Part[] | null {
  const { strips, limitBytes, isUseful } = options;
  const first = firstStart(fusion, until);
  if (until - first < 2 || strips > fusion.images[until - 1]!.width) return [];
  // For every start the least that it or an earlier one needs without rings.
  const bareBytes: number[] = [];
  for (let from = first; from <= until - 2; from++) {
    const least = bareBytes[bareBytes.length - 1] ?? Infinity;
    const here = options.around(from, until);
    const rules = strips > 1 ? NO_RULES : shareAll(fusion, until, here);
    const need = segmentNeed(fusion, here, { rules, workspaceBytes: 0 });
    bareBytes.push(isUseful(from, until) ? Math.min(need, least) : least);
  }
  if (bareBytes[bareBytes.length - 1] >= limitBytes) return [];
  for (let length = SHORT;; length *= 2) {
    const start = Math.max(first, until - length);
    const sizes = ringSizes(fusion, { start, until }, options);
    if (sizes === null) return null;
    // What must be apart in a short segment must be so in every longer one.
    const isAll = start === first ||
      bareBytes[start - first - 1] + cliqueBytes(sizes) >= limitBytes;
    if (isAll) return partsWith(fusion, { start, until }, { ...options, sizes });
  }
}

/** Rings that are all in use at the same time, found one after the other. */
function cliqueBytes({ rings, conflict }: RingSizes): number {
  const clique: number[] = [];
  let bytes = 0;
  rings.forEach((ring, node) => {
    if (ring === null || !clique.every((other) => conflict(node, other))) return;
    clique.push(node);
    bytes += ring.sizeBytes;
  });
  return bytes;
}

function partsWith(
  fusion: Fusion,
  { start, until }: { readonly start: number; readonly until: number },
  { unit, strips, limitBytes, sizes, around, isUseful }: RollingOptions & {
    readonly sizes: RingSizes;
  },
): Part[] {
  const parts: Part[] = [];
  let macs = sizes.macs[until - 1 - start];
  let calls = sizes.calls[until - 1 - start];
  for (let from = until - 2; from >= start; from--) {
    macs += sizes.macs[from - start];
    calls += sizes.calls[from - start];
    if (!isUseful(from, until)) continue;
    const here = around(from, until);
    const { alignmentBytes } = here;
    const rules = strips > 1 ? NO_RULES : rollingRules(fusion, { from, until }, {
      dying: here.dying,
      unit,
      forward: sizes.forward!,
      reverse: sizes.reverse!,
    });
    if (segmentNeed(fusion, here, { rules, workspaceBytes: 0 }) >= limitBytes) continue;
    const inside: number[] = [];
    for (let node = from - start; node < until - start; node++) {
      if (sizes.rings[node] !== null) inside.push(node);
    }
    const bytes = inside.map((node) => roundUp(sizes.rings[node]!.sizeBytes, alignmentBytes));
    const packed = packRings(bytes, (a, b) => sizes.conflict(inside[a], inside[b]));
    const workspaceBytes = packed.heightBytes;
    const needBytes = segmentNeed(fusion, here, { rules, workspaceBytes });
    if (needBytes >= limitBytes) continue;
    const rings = inside.map((node, i) => (
      { ...sizes.rings[node]!, offsetBytes: packed.offsets[i] }
    ));
    const form = { kind: "rolling", unit, tiles: [1, strips], rings, workspaceBytes } as const;
    parts.push({ from, until, needBytes, macs, calls, rules, form });
  }
  return parts;
}

interface RingSizes {
  /** For every node its ring, without a place; null for outputs. */
  readonly rings: readonly (Omit<PartRing, "offsetBytes"> | null)[];
  readonly conflict: (a: number, b: number) => boolean;
  readonly macs: readonly number[];
  readonly calls: readonly number[];
  readonly forward?: Flow;
  readonly reverse?: Flow;
}

function ringSizes(
  fusion: Fusion,
  { start, until }: { readonly start: number; readonly until: number },
  { unit, strips, reaches, deadlineMs }: RollingOptions,
): RingSizes | null {
  const stretch = { from: start, until };
  const count = until - start;
  const passes = Array.from(
    { length: strips },
    (_, tile) =>
      strips === 1
        ? undefined
        : tileExtents(fusion, stretch, { side: "columns", tile, tiles: strips }),
  );
  const flow = (direction: "forward" | "reverse", columns?: readonly Extent[]): Flow | null => {
    const nodes = unitNodes(fusion, stretch, { unit, direction, columns, reaches });
    const pulled = pull(nodes, { deadlineMs });
    return pulled === null ? null : { start, nodes, pulled };
  };
  // Rows do not depend on columns: one look is enough for all strips.
  const seen: Flow[] = [];
  const looks = strips === 1
    ? [() => flow("forward"), () => flow("reverse")]
    : unit === "row"
    ? [() => flow("forward")]
    : passes.map((columns) => () => flow("forward", columns));
  for (const look of looks) {
    const found = look();
    if (found === null) return null;
    seen.push(found);
  }
  const width = (pass: number, node: number) => {
    const [from, to] = passes[pass]?.[node] ?? [0, fusion.images[start + node]!.width];
    return to - from;
  };
  const all = passes.map((_, pass) => pass);
  const rings = Array.from({ length: count }, (_, node) => {
    const { nodes } = seen[0];
    const position = start + node;
    const { pixelBytes, height, accumulatorBytes } = fusion.images[position]!;
    if (accumulatorBytes !== null) return accumulator(position, accumulatorBytes);
    if (nodes[node].isOutput) return null;
    const columns = Math.max(1, ...all.map((pass) => width(pass, node)));
    const most = Math.max(1, ...seen.map(({ pulled }) => pulled.most[node]));
    if (unit === "row") {
      return {
        position,
        units: most,
        columns,
        mirrorPixels: 0,
        sizeBytes: most * columns * pixelBytes,
      };
    }
    const reach = readersReach(fusion, position, until);
    const { units, mirrorPixels } = pixelRing(most, {
      reach,
      height,
      widths: all.map((pass) => width(pass, node)),
    });
    return {
      position,
      units,
      columns,
      mirrorPixels,
      sizeBytes: (units + mirrorPixels) * pixelBytes,
    };
  });
  // What nobody asks for depends on the end that a pass begins with.
  const units = (pass: number, node: number) =>
    unit === "row" || strips === 1
      ? Math.max(...seen.map(({ pulled }) => pulled.needed[node]))
      : seen[pass].pulled.needed[node];
  const sumOver = (of: (pass: number) => number) => all.reduce((sum, pass) => sum + of(pass), 0);
  const macs = Array.from({ length: count }, (_, node) => {
    const pixels = (pass: number) => units(pass, node) * (unit === "row" ? width(pass, node) : 1);
    return fusion.images[start + node]!.macsPerPixel * sumOver(pixels);
  });
  const calls = Array.from({ length: count }, (_, node) => sumOver((pass) => units(pass, node)));
  return {
    rings,
    // The sums of a global pool, at the end, live as long as the segment.
    conflict: (a, b) =>
      a === count - 1 || b === count - 1 || seen.some(({ pulled }) => pulled.conflict(a, b)),
    macs,
    calls,
    ...strips === 1 && { forward: seen[0], reverse: seen[1] },
  };
}

/** Most columns from the first tap to the last of those that read what a step writes. */
function readersReach(fusion: Fusion, position: number, until: number): number {
  const { value } = fusion.images[position]!;
  let reach = 1;
  for (let reader = position + 1; reader < until; reader++) {
    for (const read of fusion.images[reader]!.reads) {
      if (read.value === value) reach = Math.max(reach, read.columns.reach);
    }
  }
  return reach;
}

/** A ring of single pixels, or of whole rows where that takes no more: there no run is ever cut. */
function pixelRing(
  most: number,
  { reach, height, widths }: {
    readonly reach: number;
    readonly height: number;
    readonly widths: readonly number[];
  },
): { readonly units: number; readonly mirrorPixels: number } {
  const widest = Math.max(1, ...widths);
  const whole = height * widest;
  if (most >= whole) return { units: whole, mirrorPixels: 0 };
  const mirrorPixels = Math.min(reach, widest) - 1;
  const rows = Math.ceil(most / widest) * widest;
  // Whole rows of the widest strip are none of a narrower one.
  const isEven = widths.every((width) => width === widest);
  return isEven && rows <= most + mirrorPixels
    ? { units: rows, mirrorPixels: 0 }
    : { units: most, mirrorPixels };
}
