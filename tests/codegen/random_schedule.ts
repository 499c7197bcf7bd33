import fc from "fast-check";
import {
  accumulate,
  type Nest,
  pack,
  parallel,
  registerBlock,
  reorder,
  ScheduleError,
  tile,
  unroll,
  unrollAndJam,
  vectorize,
} from "tinyloom";

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

/** Applies the chosen steps to a nest, leaving out those that are refused. */
export function schedule(plain: Nest, choices: readonly Choice[]): Scheduled {
  let nest = plain;
  let legal = 0;
  for (const choice of choices) {
    try {
      nest = apply(nest, choice);
      legal++;
    } catch (error) {
      if (!(error instanceof ScheduleError)) throw error;
    }
  }
  return { nest, tried: choices.length, legal };
}

function apply(nest: Nest, { verb, loop, other, size }: Choice): Nest {
  const names = nest.loops.map((each) => each.name);
  const name = names[loop % names.length];
  const second = names[other % names.length];
  switch (verb % 14) {
    case 0:
      return reorder(nest, [name, ...names.filter((each) => each !== name)]);
    case 1:
      return reorder(nest, [...names.filter((each) => each !== name), name]);
    case 2:
      return tile(nest, { [name]: 2 + size % 8 });
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
        dtype: dtype === "i8" && size % 2 === 0 ? "i16" : dtype,
      });
    }
    case 11:
      return accumulate(nest, name);
    case 12:
      return unrollAndJam(nest, name, 2 + size % 3);
    default:
      return name === second
        ? registerBlock(nest, { [name]: 2 + size % 7 })
        : registerBlock(nest, { [name]: 2 + size % 7, [second]: 2 + other % 3 });
  }
}
