import fc from "fast-check";
import {
  accumulate,
  hasExactRelaxedDot,
  type Nest,
  pack,
  parallel,
  prefetch,
  registerBlock,
  reorder,
  ScheduleError,
  stage,
  tile,
  unroll,
  unrollAndJam,
  vectorize,
} from "tinyloom";
import { checkFinished } from "../../lib/schedule/legality.ts";

/** Numbers from which a step is chosen once the loops it can name are known. */
export interface Choice {
  readonly verb: number;
  readonly loop: number;
  readonly other: number;
  readonly size: number;
}

const number = fc.nat({ max: 1000 });

/** Choices for a schedule of some steps. */
export const randomChoices: fc.Arbitrary<Choice[]> = fc.array(
  fc.record({ verb: number, loop: number, other: number, size: number }),
  { maxLength: 9, size: "max" },
);

/** A schedule and how many of the steps tried were legal. */
export interface Scheduled {
  readonly nest: Nest;
  readonly tried: number;
  readonly legal: number;
}

/** Applies the chosen steps to a nest, leaving out those that are refused, as far as it runs. */
export function schedule(plain: Nest, choices: readonly Choice[]): Scheduled {
  let nest = plain;
  let runs = plain;
  let legal = 0;
  for (const choice of choices) {
    try {
      nest = apply(nest, choice);
      legal++;
      checkFinished(nest);
      runs = nest;
    } catch (error) {
      // Tiles of more elements than loops can count are refused as numbers.
      const isHuge = error instanceof RangeError && error.message.startsWith("A tile size");
      if (!(error instanceof ScheduleError || isHuge)) throw error;
    }
  }
  return { nest: runs, tried: choices.length, legal };
}

function apply(nest: Nest, { verb, loop, other, size }: Choice): Nest {
  const names = nest.loops.map((each) => each.name);
  const name = names[loop % names.length];
  const second = names[other % names.length];
  switch (verb % 18) {
    case 0:
      return reorder(nest, [name, ...names.filter((each) => each !== name)]);
    case 1:
      return reorder(nest, [...names.filter((each) => each !== name), name]);
    case 2:
      return tile(nest, { [name]: size % 5 === 0 ? hugeSize(other) : 2 + size % 8 });
    case 3:
      return name === second
        ? tile(nest, { [name]: 2 + size % 5 })
        : tile(nest, { [name]: 2 + size % 8, [second]: 2 + other % 7 });
    case 4:
      return unroll(nest, name, 2 + size % 5);
    case 5:
      return unroll(nest, name, "full");
    case 6:
    case 7:
      return vectorize(nest, name);
    case 8:
      return vectorize(accumulate(nest, second), name, { reduction: true });
    case 9:
      return parallel(nest, name);
    case 10: {
      const { name: tensor, dtype } = nest.tensors[other % nest.tensors.length];
      return pack(nest, tensor, {
        at: size % 3 === 0 ? undefined : name,
        dtype: dtype === "i8" && size % 2 === 0 ? (size % 4 === 0 ? "u8" : "i16") : dtype,
      });
    }
    case 11:
      return accumulate(nest, name);
    case 13:
    case 14:
      return dotted(nest, { ...likely(nest, loop), size });
    case 15:
      return staged(nest, likely(nest, loop));
    case 17:
      return prefetch(nest, nest.tensors[other % nest.tensors.length].name, {
        at: name,
        ahead: 1 + size % 3,
      });
    case 12:
      return unrollAndJam(nest, name, 2 + size % 3);
    default:
      return name === second
        ? registerBlock(nest, { [name]: 2 + size % 7 })
        : registerBlock(nest, { [name]: 2 + size % 7, [second]: 2 + other % 3 });
  }
}

/** Sizes up to the largest that loops can count, and beyond. */
function hugeSize(choice: number): number {
  return choice % 4 === 0 ? [2 ** 31, 2 ** 32, 2 ** 53 - 1][choice % 3] : 2 ** 31 - 1 - choice;
}

// A reduction, and the axis along which elements of the target lie side by side.
function likely({ axes }: Nest, choice: number): Pick<Inner, "reduction" | "vector"> {
  const reductions = axes.filter(({ role }) => role === "reduction");
  const spaces = axes.filter(({ role }) => role === "space");
  if (reductions.length === 0) throw new ScheduleError("No reduction");
  return {
    reduction: reductions[choice % reductions.length].name,
    vector: spaces.at(-1)!.name,
  };
}

interface Inner {
  readonly reduction: string;
  readonly vector: string;
  readonly size: number;
}

// Groups of a reduction in rounds of 8, one operand packed, its elements perhaps from a register.
function dotted(nest: Nest, { reduction, vector, size }: Inner): Nest {
  const group = size % 2 === 0 ? 2 : 4;
  if (group === 4 && !hasExactRelaxedDot()) throw new ScheduleError("No machine for fours");
  const rounds = tile(nest, { [reduction]: 8 }, { names: { [reduction]: "round" } });
  const groups = tile(rounds, { [reduction]: group }, { names: { [reduction]: "group" } });
  const inner = ["round", "group", vector, reduction];
  const outer = groups.loops.map(({ name }) => name).filter((name) => !inner.includes(name));
  const names = nest.tensors.filter(({ role }) => role === "input").map(({ name }) => name);
  const packed = pack(reorder(groups, [...outer, ...inner]), names[1 % names.length], {
    dtype: group === 2 && size % 3 > 0 ? "i16" : "i8",
  });
  if (group === 4 && size % 3 > 0) {
    // The other factor, or none of the body's own offset, as uint8: its sums begin with what is too many.
    const both = pack(packed, names[0], { dtype: "u8" });
    return accumulate(
      vectorize(both, vector, { dot: reduction }),
      size % 5 > 1 ? "round" : "group",
    );
  }
  const dot = vectorize(packed, vector, { dot: reduction });
  if (group === 4 || size % 5 > 1) return dot;
  return stage(unroll(unroll(dot, "group", "full"), vector, "full"), names[0], { at: "round" });
}

function staged(nest: Nest, { reduction, vector }: Omit<Inner, "size">): Nest {
  const tiled = tile(nest, { [reduction]: 4 }, { names: { [reduction]: "round" } });
  const inner = ["round", reduction, vector];
  const outer = tiled.loops.map(({ name }) => name).filter((name) => !inner.includes(name));
  const ordered = unroll(reorder(tiled, [...outer, ...inner]), reduction, "full");
  const lanes = unroll(vectorize(ordered, vector), vector, "full");
  const inputs = nest.tensors.filter(({ role }) => role === "input");
  return stage(lanes, inputs[0].name, { at: "round" });
}
