import type { Nest } from "../nest/nest.ts";
import { cutsGroups, type GivenExtents } from "./expanded_loops.ts";
import { assignPointers } from "./assign_pointers.ts";
import { lowerNodes, type LowerOptions } from "./lower.ts";
import { mapRefs } from "./map_refs.ts";
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

/** Which points of a block are computed. */
export interface Included {
  /** Names the choice: where it is the same, the same points are included. */
  readonly key: string;
  /** Whether a point is, by how far unrolled loops displace each axis. */
  readonly includes: NonNullable<LowerOptions["includes"]>;
}

/** In what form a block is wanted. */
export interface BlockForm {
  /** Extents of axes that are known at run time only. */
  readonly extents: GivenExtents;
  /** Which points are computed; left out: all of them. */
  readonly included?: Included;
  /** Elements in front of those that pointers are bound to, by buffer; left out: none. */
  readonly skipped?: Readonly<Record<string, number>>;
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
  of(nest: Nest, form: BlockForm): BlockProgram {
    const programs = this.#known.get(nest) ?? new Map<string, BlockProgram>();
    this.#known.set(nest, programs);
    const key = JSON.stringify([form.extents, form.included?.key, form.skipped]);
    const made = programs.get(key) ?? blockProgram(nest, form);
    programs.set(key, made);
    return made;
  }
}

function blockProgram(nest: Nest, { extents, included, skipped = {} }: BlockForm): BlockProgram {
  const ahead = nest.packs.filter(({ at }) => at === null).map(({ tensor }) => tensor);
  const { body: nodes, ...lowered } = lowerNodes(nest, {
    includes: included?.includes,
    constants: new Set(ahead),
    isPrepared: true,
    extents,
    limited: false,
  });
  const body = Object.keys(skipped).length === 0 ? nodes : mapRefs(nodes, (ref) => (
    { ...ref, offset: ref.offset - (skipped[ref.buffer] ?? 0) }
  ));
  const program = { ...lowered, body };
  return { program, body: assignPointers(program.body), isCut: cutsGroups(nest, extents) };
}
