import type { Axis } from "../nest/nest.ts";
import { type RandomStream, shuffled } from "../measure/random_stream.ts";
import type { Genome } from "./genome.ts";
import type { ScheduleSpace } from "./schedule_space.ts";

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
export function mutate(space: ScheduleSpace, genome: Genome, random: RandomStream): Genome {
  let changed = genome;
  for (let change = random(3); change >= 0; change--) {
    const gene = pick(genes, random);
    changed = { ...changed, [gene]: redrawn(space, changed, { gene, random }) };
  }
  return fitted(changed);
}

/** Each choice from one of two genomes; tiles and packs axis by axis, tensor by tensor. */
export function cross(one: Genome, other: Genome, random: RandomStream): Genome {
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
