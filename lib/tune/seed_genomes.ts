import { readsOf } from "../nest/define_nest.ts";
import type { Access, Axis } from "../nest/nest.ts";
import { mostDepth, mostPairDepth, packingPays } from "../schedule/best_matmul.ts";
import { blockDepth } from "../schedule/panel_matmul.ts";
import { guardedAxes, movesThroughAxis, tensorStride } from "../schedule/strides.ts";
import type { Genome, ScheduleSpace } from "./genome.ts";

/** Rows and columns (in vectors) that fit into 15 registers with what they are computed from. */
const blocks: readonly (readonly [rows: number, columns: number])[] = [
  [2, 6],
  [2, 5],
  [3, 4],
  [2, 4],
  [3, 3],
  [4, 2],
  [7, 1],
  [6, 1],
];
// Packing pays when a copied element is used often enough.
const oftenUsed = 8;
// The loops over a small kernel are not worth their tests.
const shortKernel = 4;

/**
 * Where a search starts: a register block of several shapes, the operand along the vector packed in
 * the order of its use, a blocked reduction. For a matrix product they hold what
 * `bestMatmul` makes of one too small for panels of A.
 */
export function seedGenomes(space: ScheduleSpace): readonly Genome[] {
  const { contiguous, reductions } = space;
  if (contiguous === null || space.lanes === 1) return [plainest(space)];
  if (reductions.length === 0) {
    return [{ ...plainest(space), column: contiguous, vector: "column" }];
  }
  const extent = extentOf(space, contiguous);
  const wide = blocks.filter(([, columns]) => (columns - 1) * space.lanes < extent);
  const blocked = wide.map(([rows, columns]) => blockedGenome(space, { rows, columns }));
  const along = extent > space.lanes ? [] : [1, 4].map((rows) => reducedGenome(space, rows));
  return space.pairs
    ? [...blocked.flatMap((genome) => [paired(space, genome), genome]), ...along]
    : [...along, ...blocked];
}

function blockedGenome(
  space: ScheduleSpace,
  { rows, columns }: { readonly rows: number; readonly columns: number },
): Genome {
  const plain = plainest(space);
  const column = space.contiguous!;
  const row = largest(space, column);
  const inner = space.reductions.at(-1)!;
  const depth = blockDepth(inner.extent, mostDepth);
  const deep = inner.extent > depth;
  const others = plain.spaceOrder.filter((axis) => axis !== column);
  const packs = packsOf(space, { column, row, columns, at: packDepth(space, { columns, deep }) });
  const short = (axis: Axis | undefined) => axis !== undefined && axis.extent <= shortKernel;
  return {
    ...plain,
    column,
    columns,
    row,
    rows,
    // A copy that both sides of the block move through must have the columns side by side.
    rowsInside: !readsOf(space.plain.body.value).some((read) =>
      packs[read.tensor] >= 0 && row !== null && stepAlong(space, read, column) > 0 &&
      stepAlong(space, read, row) > 0
    ),
    vector: "column",
    hold: true,
    tiles: { ...plain.tiles, ...(deep && { [inner.name]: depth }) },
    // The columns go round outside the rows: a packed panel is used again for all of them.
    spaceOrder: [column, ...others],
    unroll: space.reductions.length > 1 && short(inner) ? "full" : 1,
    unrollNext: short(inner) && short(space.reductions.at(-2)),
    packs,
    parallel: space.threads > 1 ? Math.max(0, 1 + others.indexOf(row ?? "")) : -1,
  };
}

function paired(space: ScheduleSpace, genome: Genome): Genome {
  const inner = space.reductions.at(-1)!;
  const depth = blockDepth(inner.extent, mostPairDepth);
  const deep = inner.extent > depth;
  const { columns } = genome;
  const packs = Object.fromEntries(
    readsOf(space.plain.body.value).map((read) => [
      read.tensor,
      stepAlong(space, read, genome.column!) > 0
        ? packDepth(space, { columns, deep })
        : Number(deep),
    ]),
  );
  const tiles = { ...genome.tiles, [inner.name]: deep ? depth : 0 };
  return { ...genome, pairs: "i16", tiles, packs };
}

// Alone, a thread packs a panel just before it uses it; several pack all panels together.
function packDepth(
  space: ScheduleSpace,
  { columns, deep }: { readonly columns: number; readonly deep: boolean },
): number {
  const panels = extentOf(space, space.contiguous!) > columns * space.lanes;
  return Number(deep) + Number(panels && space.threads === 1);
}

/** Sums along the vector, for some rows at once: for a target that has few columns. */
function reducedGenome(space: ScheduleSpace, rows: number): Genome {
  const column = space.contiguous!;
  const plain = plainest(space);
  const others = plain.spaceOrder.filter((axis) => axis !== column);
  return {
    ...plain,
    row: largest(space, column),
    rows,
    vector: "reduction",
    hold: true,
    spaceOrder: rows === 1 ? [column, ...others] : [...others, column],
    parallel: space.threads > 1 ? Number(rows === 1 && others.length > 0) : -1,
  };
}

// Copied are what the vector runs along, if it is used often, and what is padded.
function packsOf(
  space: ScheduleSpace,
  { column, row, columns, at }: {
    readonly column: string;
    readonly row: string | null;
    readonly columns: number;
    readonly at: number;
  },
): Readonly<Record<string, number>> {
  const uses = row === null ? 1 : extentOf(space, row);
  const panels = extentOf(space, column) / (columns * space.lanes);
  return Object.fromEntries(
    readsOf(space.plain.body.value).filter((read) => space.inputs.includes(read.tensor)).map(
      (read) => {
        const padded = guardedAxes(space.plain, read).size > 0;
        if (padded && usesOf(space, read) >= oftenUsed) return [read.tensor, 0];
        const scattered = stepAlong(space, read, column) > 1;
        const { shape } = space.plain.tensors.find(({ name }) => name === read.tensor)!;
        const elements = shape.reduce((product, size) => product * size, 1);
        const along = stepAlong(space, read, column) > 0 && packingPays({ uses, panels, elements });
        return [read.tensor, along || scattered ? at : -1];
      },
    ),
  );
}

/** How many target elements use an element of an input at the same place of its window. */
function usesOf({ spaces }: ScheduleSpace, read: Access): number {
  return spaces.filter((axis) => !movesThroughAxis(read, axis.name))
    .reduce((product, { extent }) => product * extent, 1);
}

/** Elements of an input between two neighbouring columns. */
function stepAlong({ plain }: ScheduleSpace, read: Access, column: string): number {
  return tensorStride(plain.tensors.find(({ name }) => name === read.tensor)!, read, column);
}

/** No block, no tile, no copy. */
function plainest({ plain, spaces, reductions, inputs, threads }: ScheduleSpace): Genome {
  return {
    column: null,
    columns: 1,
    row: null,
    rows: 1,
    rowsInside: true,
    vector: "none",
    hold: reductions.length > 0,
    pairs: null,
    tiles: Object.fromEntries(plain.axes.map((axis) => [axis.name, 0])),
    tileOrder: plain.axes.map((axis) => axis.name),
    spaceOrder: spaces.map((axis) => axis.name),
    reductionOrder: reductions.map((axis) => axis.name),
    unroll: 1,
    unrollNext: false,
    packs: Object.fromEntries(inputs.map((tensor) => [tensor, -1])),
    parallel: threads > 1 && spaces.length > 0 ? 0 : -1,
  };
}

/** The space axis with the most elements besides the columns. */
function largest({ spaces }: ScheduleSpace, column: string): string | null {
  const others = spaces.filter((axis) => axis.name !== column);
  return others.toSorted((a, b) => b.extent - a.extent)[0]?.name ?? null;
}

function extentOf({ plain }: ScheduleSpace, name: string): number {
  return plain.axes.find((axis) => axis.name === name)!.extent;
}
