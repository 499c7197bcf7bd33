import type { Nest } from "../nest/nest.ts";
import { cutsGroups, type GivenExtents } from "./expanded_loops.ts";
import { assignPointers } from "./assign_pointers.ts";
import { lowerNodes, type LowerOptions } from "./lower.ts";
import type { Node, Program } from "./program.ts";

/** A block that is ready to be recorded. */
export interface BlockProgram {
  /** Before accesses get their pointers. */
  readonly program: Program;
  /** Its body when they have. */
  readonly body: readonly Node[];
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
  of(
    nest: Nest,
    { extents, includes }: Pick<LowerOptions, "includes"> & { readonly extents: GivenExtents },
  ): BlockProgram {
    const programs = this.#known.get(nest) ?? new Map<string, BlockProgram>();
    this.#known.set(nest, programs);
    const key = JSON.stringify(extents);
    const known = programs.get(key);
    // What a function leaves out has no key.
    if (known !== undefined && !includes) return known;
    const ahead = nest.packs.filter(({ at }) => at === null).map(({ tensor }) => tensor);
    const program = lowerNodes(nest, {
      includes,
      constants: new Set(ahead),
      isPrepared: true,
      extents,
      limited: false,
    });
    const body = assignPointers(program.body);
    const made = { program, body, isCut: cutsGroups(nest, extents) };
    if (!includes) programs.set(key, made);
    return made;
  }
}
