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

/** The programs of blocks: one that is recorded in several places is lowered once. */
export class BlockPrograms {
  readonly #known = new WeakMap<Nest, Map<string, BlockProgram>>();

  /**
   * The program of a nest with extents that are given at run time, without the copies that are made
   * before all loops.
   *
   * @throws {ScheduleError} the schedule is not legal.
   * @throws {RangeError} an extent is larger than its axis, or they do not fall.
   */
  of(nest: Nest, extents: GivenExtents): BlockProgram {
    const programs = this.#known.get(nest) ?? new Map<string, BlockProgram>();
    this.#known.set(nest, programs);
    const key = JSON.stringify(extents);
    const known = programs.get(key);
    if (known !== undefined) return known;
    const ahead = nest.packs.filter(({ at }) => at === null).map(({ tensor }) => tensor);
    const program = lower(nest, {
      constants: new Set(ahead),
      isPrepared: true,
      extents,
      limited: false,
    });
    const made = { program, isCut: cutsGroups(nest, extents) };
    programs.set(key, made);
    return made;
  }
}
