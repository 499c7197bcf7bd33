import type { Nest } from "../nest/nest.ts";
import { cutsGroups, type GivenExtents } from "./expanded_loops.ts";
import { lower } from "./lower.ts";
import type { Program } from "./program.ts";

/** A block that is ready to be recorded. */
export interface BlockProgram {
  readonly program: Program;
  /** Whether an extent that is given may end inside a group. */
  readonly isCut: boolean;
}

/** The programs of blocks: those that do the same, wherever they are recorded, are lowered once. */
export class BlockPrograms {
  readonly #known = new Map<string, BlockProgram>();

  /**
   * The program of a nest with extents that are given at run time, without the copies that are made
   * before all loops.
   *
   * @throws {ScheduleError} the schedule is not legal.
   * @throws {RangeError} an extent is larger than its axis, or they do not fall.
   */
  of(nest: Nest, extents: GivenExtents): BlockProgram {
    const key = JSON.stringify([{ ...nest, steps: [] }, extents]);
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const ahead = nest.packs.filter(({ at }) => at === null).map(({ tensor }) => tensor);
    const program = lower(nest, {
      constants: new Set(ahead),
      isPrepared: true,
      extents,
      limited: false,
    });
    const made = { program, isCut: cutsGroups(nest, extents) };
    this.#known.set(key, made);
    return made;
  }
}
