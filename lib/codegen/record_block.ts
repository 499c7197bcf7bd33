import type { Region, Value } from "../kernel/kernel.ts";
import type { KernelBuilder } from "../kernel/kernel_builder.ts";
import type { Nest } from "../nest/nest.ts";
import { assignPointers } from "./assign_pointers.ts";
import { type BlockForm, BlockPrograms, type Included } from "./block_programs.ts";
import { recordNodes } from "./record/record_nodes.ts";
import type { BoundBuffer, RecordOptions } from "./record/recording.ts";
import { rowName, splitRows } from "./split_rows.ts";

/** What a nest is recorded into. */
export interface BlockBinding
  extends
    Pick<RecordOptions, "fma" | "isCompact" | "isExact" | "moves" | "start" | "finish" | "vector"> {
  /**
   * Where each tensor lies, and each packed copy under its name (`Wp` of W): copies before all loops
   * are made outside, as {@link packTensor} lays them out. Without the target, `finish` must be given.
   */
  readonly buffers: Readonly<Record<string, BlockBuffer>>;
  /** Axes whose extent is known at run time only. */
  readonly extents?: Readonly<Record<string, BlockExtent>>;
  /**
   * Which points are computed, such as the taps of a window that are on the image; left out: all of
   * them. A sum of no points is not finished.
   */
  readonly included?: Included;
  /** Keeps programs of nests that are recorded again; left out: this one is not. */
  readonly programs?: BlockPrograms;
}

/** A tensor or a packed copy. */
export type BlockBuffer = BlockArray | BlockRows;

/** What lies in memory as the nest says. */
export interface BlockArray {
  readonly region: Region;
  /** Address of an element: known now, or a variable. */
  readonly pointer: Value;
  /** Which element that is, if not the first: nothing in front of it is accessed. */
  readonly element?: number;
}

/**
 * A tensor whose rows, along its first dimension, lie anywhere, such as a distance apart that is known
 * at run time only. No loop may go over them: they are unrolled.
 */
export interface BlockRows {
  readonly region: Region;
  /** Address of the first element of each row. */
  readonly rows: readonly Value[];
}

/** An extent that is known at run time only. */
export interface BlockExtent {
  /** All that there may be, the largest first. */
  readonly sizes: readonly number[];
  /** One of them, in elements. */
  readonly value: Value;
}

/**
 * Records what a scheduled nest does into a kernel that is being written, on memory of its own. Loops
 * that run once leave no loop.
 *
 * @throws {ScheduleError} the schedule is not legal.
 * @throws {TypeError} a buffer is bound to nothing, or is none of the nest's; a loop goes over rows that
 * are given.
 * @throws {RangeError} an extent is larger than its axis, or they do not fall.
 */
export function recordBlock(builder: KernelBuilder, nest: Nest, binding: BlockBinding): void {
  const { buffers, extents = {}, included, programs = new BlockPrograms(), ...options } = binding;
  const given = Object.entries(extents);
  const { program, body, isCut } = programs.of(nest, {
    extents: Object.fromEntries(given.map(([axis, extent]) => [axis, extent.sizes])),
    included,
    skipped: skippedIn(buffers),
  });
  let nodes = program.body;
  const bound = new Map<string, BoundBuffer>();
  for (const [name, buffer] of Object.entries(buffers)) {
    const found = program.buffers.find((each) => each.name === name);
    if (!found) {
      const names = program.buffers.map((each) => each.name);
      throw new TypeError(`${nest.name} has no buffer ${name}, only ${names.join(", ")}`);
    }
    const { dtype } = found;
    const { region } = buffer;
    if ("pointer" in buffer) {
      bound.set(name, { dtype, region, pointer: buffer.pointer });
      continue;
    }
    const { rows } = buffer;
    nodes = splitRows(nodes, nest, { tensor: name, rows: rows.length });
    rows.forEach((pointer, row) => bound.set(rowName(name, row), { dtype, region, pointer }));
  }
  recordNodes(nodes === program.body ? body : assignPointers(nodes), {
    ...options,
    builder,
    isCut,
    buffers: bound,
    extents: new Map(given.map(([axis, { value }]) => [axis, value])),
  });
}

function skippedIn(buffers: BlockBinding["buffers"]): BlockForm["skipped"] {
  const skipped: Record<string, number> = {};
  for (const [name, buffer] of Object.entries(buffers)) {
    if ("element" in buffer && buffer.element) skipped[name] = buffer.element;
  }
  return Object.keys(skipped).length === 0 ? undefined : skipped;
}
