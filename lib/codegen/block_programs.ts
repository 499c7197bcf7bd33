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
  of(
    nest: Nest,
    { extents, includes }: Pick<LowerOptions, "includes"> & { readonly extents: GivenExtents },
  ): BlockProgram {
    // What a function leaves out has no key.
    const key = includes ? "" : JSON.stringify([{ ...nest, steps: [] }, extents]);
    const known = this.#known.get(key);
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
    if (!includes) this.#known.set(key, made);
    return made;
  }
}
