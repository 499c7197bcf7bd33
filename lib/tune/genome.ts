import { type RandomStream, shuffled } from "../measure/random.ts";
import { plainNest, readsOf } from "../nest/define_nest.ts";
import type { Axis, Loop, Nest } from "../nest/nest.ts";
import { elementsPerTurn, vectorLanes } from "../schedule/dot_group.ts";
import { reachOf } from "../schedule/loops.ts";

/**
 * One point of a schedule space: every choice that the template of `scheduleOf` leaves open. Plain
 * data. A choice that makes no sense beside the others (a row axis that is the column axis, a tile
 * no larger than the register block) has no effect; one that is illegal is refused when applied.
 */
export interface Genome {
  /** Space axis of the columns of the register block, or null. */
  readonly column: string | null;
  /** Columns of the register block, in vectors where the columns are vectorized. */
  readonly columns: number;
  /** Space axis of the rows of the register block, or null. */
  readonly row: string | null;
  readonly rows: number;
  /** The block is computed column by column, else row by row. */
  readonly rowsInside: boolean;
  /** What lies along the lanes of a vector; `reduction` is the innermost one. */
  readonly vector: "column" | "reduction" | "none";
  /** The target stays in registers during all reductions; else it is updated in memory. */
  readonly hold: boolean;
  /** Element type of the packed operand along the vector, where pairs are multiplied; or null. */
  readonly pairs: "i16" | "i8" | null;
  /** Size of an outer tile of each axis; 0: none. */
  readonly tiles: Readonly<Record<string, number>>;
  /** All axes in the order of their outer tiles, outermost first. */
  readonly tileOrder: readonly string[];
  /** The space axes, outermost first. */
  readonly spaceOrder: readonly string[];
  /** The reduction axes, outermost first. */
  readonly reductionOrder: readonly string[];
  /** Unrolling of the innermost reduction, or of the innermost loop when nothing is held. */
  readonly unroll: number | "full";
  /** The reduction around the innermost is unrolled in full too. */
  readonly unrollNext: boolean;
  /** For each input how many loops are outside the packing of its copy; -1: it is not packed. */
  readonly packs: Readonly<Record<string, number>>;
  /** Which of the space loops is shared among threads, from the outermost; -1: none. */
  readonly parallel: number;
}

/** What the schedules of a nest can choose from. */
export interface ScheduleSpace {
  readonly plain: Nest;
  readonly spaces: readonly Axis[];
  readonly reductions: readonly Axis[];
  /** The space axis along which the target's elements lie one after the other. */
  readonly contiguous: string | null;
  /** Inputs that are read at one place, so that a copy of them can be packed. */
  readonly inputs: readonly string[];
  /** Target elements in a vector; 1 where no vector instruction computes them. */
  readonly lanes: number;
  /** Whether the body is a sum of products of two int8 tensors. */
  readonly pairs: boolean;
  readonly threads: number;
}

const vectorTypes: readonly string[] = ["f32", "f64", "i32"];

/** The space of schedules of a nest; the nest's own schedule does not matter. */
export function scheduleSpace(
  nest: Nest,
  { threads }: { readonly threads: number },
): ScheduleSpace {
  const plain = plainNest(nest);
  const { axes, body } = plain;
  const tensorOf = (name: string) => plain.tensors.find((tensor) => tensor.name === name)!;
  const target = tensorOf(body.target.tensor);
  const reads = readsOf(body.value);
  const names = reads.map((read) => read.tensor);
  const spaces = axes.filter((axis) => axis.role === "space");
  const { value, update } = body;
  return {
    plain,
    spaces,
    reductions: axes.filter((axis) => axis.role === "reduction"),
    contiguous: spaces.find((axis) => body.target.index.at(-1)?.terms[axis.name] === 1)?.name ??
      null,
    inputs: names.filter((name) => names.indexOf(name) === names.lastIndexOf(name)),
    lanes: vectorTypes.includes(target.dtype) ? vectorLanes(plain) : 1,
    pairs: update === "add" && value.kind === "binary" && value.op === "mul" &&
      value.left.kind === "read" && value.right.kind === "read" && names[0] !== names[1] &&
      names.every((name) => tensorOf(name).dtype === "i8") && target.dtype === "i32",
    threads,
  };
}

/**
 * The same text for schedules that do the same: whatever the order of their steps, the names of
 * their loops, and loops that run only once.
 */
export function identity(nest: Nest): string {
  const kept = nest.loops.filter((loop) =>
    iterations(nest, loop) > 1 || ["vector", "dot"].includes(loop.mode)
  );
  const placeOf = (name: string | null): number => {
    const at = nest.loops.findIndex((loop) => loop.name === name);
    return nest.loops.slice(0, at + 1).filter((loop) => kept.includes(loop)).length;
  };
  const { accumulateAt } = nest;
  const walks = nest.loops.find((loop) => loop.name === accumulateAt);
  return JSON.stringify([
    kept.map((loop) => [loop.axis, loop.step, loop.mode, unrollOf(nest, loop)]),
    nest.packs.map(({ tensor, at, dtype }) => [tensor, placeOf(at), dtype].join()).toSorted(),
    nest.staged.map(({ tensor, at }) => [tensor, placeOf(at)].join()).toSorted(),
    nest.prefetched.map(({ tensor, at, ahead }) => [tensor, placeOf(at), ahead].join()).toSorted(),
    // Held from the next loop on that is left, if it is not left itself.
    walks ? placeOf(accumulateAt) - Number(kept.includes(walks)) : null,
  ]);
}

function iterations(nest: Nest, loop: Loop): number {
  return Math.ceil(reachOf(nest, loop) / elementsPerTurn(nest, loop));
}

function unrollOf(nest: Nest, loop: Loop): Loop["unroll"] {
  return loop.unroll !== "full" && loop.unroll < iterations(nest, loop) ? loop.unroll : "full";
}

type Gene = keyof Genome;

/** Draws one gene at random, whatever the others are. */
type Draw<G extends Gene> = (space: ScheduleSpace, random: RandomStream) => Genome[G];

// 16 vector registers, of which at least one holds what is being added.
const mostInBlock = 15;
const mostColumns = 8;
const tileSizes = [0, 0, 8, 16, 32, 48, 64, 96, 128, 192, 256, 384, 512, 768, 1024, 2048];
const unrolls = [1, 1, 2, 4, 8];
const mostFull = 16;
const deepestPack = 4;

const draws: { readonly [G in Gene]: Draw<G> } = {
  column: (space, random) =>
    chance(random, 4, 5) && space.contiguous ? space.contiguous : nameOf(space.spaces, random),
  columns: (_, random) => 1 + random(mostColumns),
  row: (space, random) => chance(random, 1, 8) ? null : nameOf(space.spaces, random),
  rows: (_, random) => 1 + random(chance(random, 1, 4) ? mostInBlock : 6),
  rowsInside: (_, random) => chance(random, 3, 4),
  vector: ({ lanes }, random) => {
    if (lanes === 1) return "none";
    return pick(["column", "column", "column", "column", "reduction", "none"] as const, random);
  },
  hold: ({ reductions }, random) => reductions.length > 0 && chance(random, 9, 10),
  pairs: ({ pairs }, random) => pairs ? pick(["i16", "i16", "i8", null] as const, random) : null,
  tiles: ({ plain }, random) =>
    Object.fromEntries(plain.axes.map((axis) => [axis.name, drawTile(axis, random)])),
  tileOrder: ({ plain }, random) => shuffled(plain.axes.map((axis) => axis.name), random),
  spaceOrder: ({ spaces }, random) => shuffled(spaces.map((axis) => axis.name), random),
  reductionOrder: ({ reductions }, random) => shuffled(reductions.map((axis) => axis.name), random),
  unroll: ({ reductions }, random) =>
    reductions.some(({ extent }) => extent <= mostFull) && chance(random, 1, 4)
      ? "full"
      : pick(unrolls, random),
  unrollNext: ({ reductions }, random) =>
    reductions.length > 1 && reductions.some(({ extent }) => extent <= mostFull) &&
    chance(random, 1, 3),
  packs: ({ inputs }, random) =>
    Object.fromEntries(inputs.map((tensor) => [tensor, drawPack(random)])),
  parallel: ({ threads, spaces }, random) =>
    threads > 1 && spaces.length > 0 ? random(spaces.length + 1) : -1,
};

const genes = Object.keys(draws) as Gene[];

/** A point of the space, each choice drawn by itself. */
export function randomGenome(space: ScheduleSpace, random: RandomStream): Genome {
  return fitted(Object.fromEntries(genes.map((gene) => [gene, draws[gene](space, random)])));
}

/** The genome with one to three choices changed; sizes mostly by a step. */
export function mutateGenome(space: ScheduleSpace, genome: Genome, random: RandomStream): Genome {
  let changed = genome;
  for (let change = random(3); change >= 0; change--) {
    const gene = pick(genes, random);
    changed = { ...changed, [gene]: redrawn(space, changed, { gene, random }) };
  }
  return fitted(changed);
}

/** Each choice from one of two genomes; tiles and packs axis by axis, tensor by tensor. */
export function crossGenomes(one: Genome, other: Genome, random: RandomStream): Genome {
  const either = <T>(a: T, b: T): T => chance(random, 1, 2) ? a : b;
  return fitted(Object.fromEntries(genes.map((gene) => {
    const a = one[gene];
    const b = other[gene];
    if (gene !== "tiles" && gene !== "packs") return [gene, either(a, b)];
    const values = b as Readonly<Record<string, number>>;
    const mixed = Object.entries(a as Readonly<Record<string, number>>)
      .map(([key, value]) => [key, either(value, values[key])]);
    return [gene, Object.fromEntries(mixed)];
  })));
}

function redrawn(
  space: ScheduleSpace,
  genome: Genome,
  { gene, random }: { readonly gene: Gene; readonly random: RandomStream },
): Genome[Gene] {
  const stepwise = chance(random, 2, 3);
  if (stepwise && (gene === "columns" || gene === "rows")) {
    return Math.max(1, genome[gene] + (chance(random, 1, 2) ? 1 : -1));
  }
  if (gene === "tiles") {
    const axis = pick(space.plain.axes, random);
    return { ...genome.tiles, [axis.name]: drawTile(axis, random) };
  }
  if (gene === "packs" && space.inputs.length > 0) {
    return { ...genome.packs, [pick(space.inputs, random)]: drawPack(random) };
  }
  return draws[gene](space, random);
}

function drawTile({ extent }: Axis, random: RandomStream): number {
  return pick(tileSizes.filter((size) => size < extent), random);
}

function drawPack(random: RandomStream): number {
  return random(deepestPack + 2) - 1;
}

// A block that cannot stay in registers is made smaller.
function fitted(parts: unknown): Genome {
  const genome = parts as Genome;
  const { columns } = genome;
  const most = Math.max(1, Math.floor(mostInBlock / columns));
  return genome.rows <= most ? genome : { ...genome, rows: most };
}

function nameOf(axes: readonly Axis[], random: RandomStream): string | null {
  return axes.length === 0 ? null : pick(axes, random).name;
}

function pick<T>(items: readonly T[], random: RandomStream): T {
  return items[random(items.length)];
}

function chance(random: RandomStream, times: number, outOf: number): boolean {
  return random(outOf) < times;
}
