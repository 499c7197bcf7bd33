import { readsOf } from "../nest/define_nest.ts";
import type { Axis, Step } from "../nest/nest.ts";
import { movesThroughAxis } from "../schedule/strides.ts";
import type { Genome, ScheduleSpace } from "./genome.ts";

/** A loop to be: what it is called and which axis it walks. */
interface PlannedLoop {
  readonly name: string;
  readonly axis: string;
}

/**
 * The schedule that a genome describes: outer tiles, then the space axes in steps of the register
 * block, then the reductions, then the block itself, unrolled.
 *
 * ```text
 * for each outer tile                      tiles, tileOrder
 *   pack ...                               packs
 *   for each block of the target           spaceOrder; one of them in parallel
 *     for each reduction                   reductionOrder, unroll; the block is held in registers
 *       for columns, for rows of a block   columns, rows, vector, pairs
 * ```
 */
export function scheduleOf(space: ScheduleSpace, genome: Genome): readonly Step[] {
  const shape = blockOf(space, genome);
  const { column, row, blocks, paired } = shape;
  const fresh = nameSource(space);
  const tiles = genome.tileOrder
    .map((axis) => [axis, tileSize(space, genome, { axis, block: blocks[axis] ?? 1 })] as const)
    .filter(([, size]) => size > 0);
  const tileLoops = tiles.map(([axis]) => ({ name: fresh(`t${axis}`), axis }));
  const blockNames = Object.fromEntries(
    Object.keys(blocks).map((axis) => [axis, fresh(axis === paired ? `${axis}p` : `${axis}r`)]),
  );
  const streamed = genome.hold ? null : column;
  const spaces = genome.spaceOrder.filter((axis) => axis !== streamed)
    .map((axis) => ({ name: blockNames[axis] ?? axis, axis }));
  const reductions = genome.reductionOrder.map((axis) => blockNames[axis] ?? axis);
  const inside = [streamed ?? column, row].filter((axis): axis is string =>
    axis !== null && (axis in blocks || axis === streamed)
  );
  if (!genome.rowsInside) inside.reverse();
  const outer = [...tileLoops, ...spaces];
  const order = [
    ...outer.map((loop) => loop.name),
    ...reductions,
    ...inside,
    ...(paired ? [paired] : []),
  ];
  return [
    ...tileSteps(Object.fromEntries(tiles), tileLoops),
    ...(Object.keys(blocks).length > 0
      ? [{ op: "tile", sizes: blocks, names: blockNames } as const]
      : []),
    { op: "reorder", order },
    ...inside.filter((axis) => axis in blocks)
      .map((axis) => ({ op: "unroll", axis, factor: "full" } as const)),
    ...packSteps(space, genome, { outer, paired }),
    ...(genome.hold ? [{ op: "accumulate", at: reductions[0] } as const] : []),
    ...vectorSteps(genome, { ...shape, innermost: genome.reductionOrder.at(-1) }),
    ...unrollSteps(genome, { reductions, streamed }),
    ...parallelSteps(space, genome, outer),
  ];
}

/** The register block: what is tiled by it and by how much. */
function blockOf(space: ScheduleSpace, genome: Genome) {
  const { hold, pairs, vector, columns, rows, reductionOrder } = genome;
  const column = genome.column;
  const row = genome.row === column ? null : genome.row;
  const paired = pairs && hold && vector === "column" ? reductionOrder.at(-1) ?? null : null;
  const blocks: Record<string, number> = {};
  const width = vector === "column" ? columns * space.lanes : columns;
  if (column !== null && hold && width > 1) blocks[column] = width;
  if (row !== null && rows > 1) blocks[row] = rows;
  if (paired !== null) blocks[paired] = 2;
  return { column, row, blocks, paired };
}

// A whole number of blocks; none where it would not divide the axis into several tiles.
function tileSize(
  space: ScheduleSpace,
  { tiles }: Genome,
  { axis, block }: { readonly axis: string; readonly block: number },
): number {
  const { extent } = space.plain.axes.find((each) => each.name === axis) as Axis;
  const size = Math.ceil(tiles[axis] / block) * block;
  return size > block && size < extent ? size : 0;
}

function tileSteps(
  sizes: Readonly<Record<string, number>>,
  loops: readonly PlannedLoop[],
): readonly Step[] {
  if (loops.length === 0) return [];
  const names = Object.fromEntries(loops.map(({ axis, name }) => [axis, name]));
  return [{ op: "tile", sizes, names }];
}

function packSteps(
  space: ScheduleSpace,
  { packs, pairs, column }: Genome,
  { outer, paired }: { readonly outer: readonly PlannedLoop[]; readonly paired: string | null },
): readonly Step[] {
  return space.inputs.flatMap((tensor): readonly Step[] => {
    // Pairs are read from packed copies only.
    const depth = Math.min(
      paired === null ? packs[tensor] : Math.max(0, packs[tensor]),
      outer.length,
    );
    if (depth < 0) return [];
    const access = readsOf(space.plain.body.value).find((read) => read.tensor === tensor)!;
    const wide = paired !== null && (pairs === "i16" || !movesThroughAxis(access, column!));
    const at = depth === 0 ? null : outer[depth - 1].name;
    return [{ op: "pack", tensor, at, ...(wide && { dtype: "i16" as const }) }];
  });
}

function vectorSteps(
  { vector }: Genome,
  { column, paired, innermost }: {
    readonly column: string | null;
    readonly paired: string | null;
    readonly innermost: string | undefined;
  },
): readonly Step[] {
  if (vector === "column" && column !== null) {
    return [{ op: "vectorize", axis: column, ...(paired !== null && { dot: paired }) }];
  }
  if (vector === "reduction" && innermost !== undefined) {
    return [{ op: "vectorize", axis: innermost, reduction: true }];
  }
  return [];
}

function unrollSteps(
  { unroll, unrollNext }: Genome,
  { reductions, streamed }: {
    readonly reductions: readonly string[];
    readonly streamed: string | null;
  },
): readonly Step[] {
  const innermost = streamed ?? reductions.at(-1);
  const next = streamed === null ? reductions.at(-2) : undefined;
  return [
    ...(unroll !== 1 && innermost !== undefined
      ? [{ op: "unroll", axis: innermost, factor: unroll } as const]
      : []),
    ...(unrollNext && next !== undefined
      ? [{ op: "unroll", axis: next, factor: "full" } as const]
      : []),
  ];
}

function parallelSteps(
  space: ScheduleSpace,
  { parallel }: Genome,
  outer: readonly PlannedLoop[],
): readonly Step[] {
  const loops = outer.filter(({ axis }) => space.spaces.some((each) => each.name === axis));
  if (parallel < 0 || loops.length === 0) return [];
  return [{ op: "parallel", axis: loops[parallel % loops.length].name }];
}

function nameSource({ plain }: ScheduleSpace): (base: string) => string {
  const taken = new Set(plain.axes.map((axis) => axis.name));
  return (base) => {
    let name = base;
    for (let number = 2; taken.has(name); number++) name = `${base}${number}`;
    taken.add(name);
    return name;
  };
}
