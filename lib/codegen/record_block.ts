import type { Region, Value } from "../kernel/kernel.ts";
import type { KernelBuilder } from "../kernel/kernel_builder.ts";
import type { Nest } from "../nest/nest.ts";
import { cutsGroups } from "./expanded_loops.ts";
import { assignPointers } from "./assign_pointers.ts";
import { lowerNodes } from "./lower.ts";
import { recordNodes } from "./record/record_nodes.ts";
import type { BoundBuffer, RecordOptions } from "./record/recording.ts";
import { rowName, splitRows } from "./split_rows.ts";

/** What a nest is recorded into. */
export interface BlockBinding
  extends Pick<RecordOptions, "fma" | "isCompact" | "moves" | "start" | "finish" | "vector"> {
  /**
   * Where each tensor lies, and each packed copy under its name (`Wp` of W): copies before all loops
   * are made outside, as {@link packTensor} lays them out. Without the target, `finish` must be given.
   */
  readonly buffers: Readonly<Record<string, BlockBuffer>>;
  /** Axes whose extent is known at run time only. */
  readonly extents?: Readonly<Record<string, BlockExtent>>;
}

/** A tensor or a packed copy. */
export type BlockBuffer = BlockArray | BlockRows;

/** What lies in memory as the nest says. */
export interface BlockArray {
  readonly region: Region;
  /** Address of its first element: an address known now, or a variable. */
  readonly pointer: Value;
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
  const { buffers, extents = {}, ...options } = binding;
  const given = Object.entries(extents);
  const sizes = Object.fromEntries(given.map(([axis, extent]) => [axis, extent.sizes]));
  const program = lowerNodes(nest, {
    constants: new Set(nest.packs.filter(({ at }) => at === null).map(({ tensor }) => tensor)),
    extents: sizes,
    limited: false,
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
    if ("pointer" in buffer) {
      bound.set(name, { dtype, ...buffer });
      continue;
    }
    const { region, rows } = buffer;
    nodes = splitRows(nodes, nest, { tensor: name, rows: rows.length });
    rows.forEach((pointer, row) => bound.set(rowName(name, row), { dtype, region, pointer }));
  }
  recordNodes(assignPointers(nodes), {
    ...options,
    builder,
    isCut: cutsGroups(nest, sizes),
    buffers: bound,
    extents: new Map(given.map(([axis, { value }]) => [axis, value])),
  });
}
