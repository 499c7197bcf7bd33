import type { Region, Value } from "../kernel/kernel.ts";
import type { KernelBuilder } from "../kernel/kernel_builder.ts";
import type { Nest } from "../nest/nest.ts";
import { BlockPrograms } from "./block_programs.ts";
import { recordNodes } from "./record/record_nodes.ts";
import type { RecordOptions } from "./record/recording.ts";

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
  /** Keeps programs of nests that are recorded again; left out: this one is not. */
  readonly programs?: BlockPrograms;
}

/** A tensor or a packed copy. */
export interface BlockBuffer {
  readonly region: Region;
  /** Address of its first element: an address known now, or a variable. */
  readonly pointer: Value;
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
 * @throws {TypeError} a buffer is bound to nothing, or is none of the nest's.
 * @throws {RangeError} an extent is larger than its axis, or they do not fall.
 */
export function recordBlock(builder: KernelBuilder, nest: Nest, binding: BlockBinding): void {
  const { buffers, extents = {}, programs = new BlockPrograms(), ...options } = binding;
  const given = Object.entries(extents);
  const sizes = Object.fromEntries(given.map(([axis, extent]) => [axis, extent.sizes]));
  const { program, isCut } = programs.of(nest, sizes);
  for (const name of Object.keys(buffers)) {
    if (program.buffers.some((buffer) => buffer.name === name)) continue;
    const names = program.buffers.map((buffer) => buffer.name);
    throw new TypeError(`${nest.name} has no buffer ${name}, only ${names.join(", ")}`);
  }
  const bound = program.buffers.filter(({ name }) => name in buffers)
    .map(({ name, dtype }) => [name, { dtype, ...buffers[name] }] as const);
  recordNodes(program.body, {
    ...options,
    builder,
    isCut,
    buffers: new Map(bound),
    extents: new Map(given.map(([axis, { value }]) => [axis, value])),
  });
}
