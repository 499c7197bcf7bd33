import type { KernelCode, Region, Space } from "../kernel/kernel.ts";
import { KernelBuilder, start } from "../kernel/kernel_builder.ts";
import { add, mul } from "../kernel/values.ts";
import { dtypeBytes } from "../nest/dtype.ts";
import { layOut, type MemoryLayout } from "./memory_layout.ts";
import type { Buffer, Node, Program } from "./program.ts";
import { recordNodes } from "./record/record_nodes.ts";
import type { BoundBuffer, Team } from "./record/recording.ts";

/** A program as kernels: `run`, `prepare`, and the register blocks that they call. */
export interface ProgramKernels {
  /** All of them, those that are called first. */
  readonly codes: readonly KernelCode[];
  /** `run(thread, threads, limit)`: everything but what is done ahead of time. */
  readonly run: KernelCode;
  /** What is done ahead of time, likewise; null: nothing. */
  readonly prepare: KernelCode | null;
  /** Where each buffer lies; `check` is its index among the program's. */
  readonly regions: ReadonlyMap<string, Region>;
}

/** For what the kernels are recorded. */
export interface KernelsOptions {
  /** Threads that call `run` together, 1 if left out. */
  readonly threads?: number;
  /** Fuse multiplication and addition in vectors, default false. */
  readonly fma?: boolean;
  /** What names of kernels begin with, nothing if left out. */
  readonly prefix?: string;
  /** The space of each buffer, one memory for all if left out. */
  readonly spaceOf?: (buffer: Buffer) => Space;
  /** Where the buffers lie; left out: as {@link layOut} places them. */
  readonly layout?: MemoryLayout;
}

/**
 * Says in the kernel language what a program does. Nothing is encoded: what counts, traces or prints
 * kernels starts here just as the compiler does.
 */
export function kernelsOf(program: Program, options: KernelsOptions = {}): ProgramKernels {
  const { threads = 1, fma = false, layout = layOut(program.buffers, threads) } = options;
  const { prefix = "", spaceOf = () => "memory" } = options;
  const regions = new Map(
    program.buffers.map((buffer, index) =>
      [buffer.name, regionOf(buffer, index, { layout, threads, space: spaceOf(buffer) })] as const
    ),
  );
  const blocks: KernelCode[] = [];
  const outline = {
    name: (buffer: string) =>
      `${prefix}${buffer}_block${blocks.length === 0 ? "" : `_${blocks.length}`}`,
    add: (code: KernelCode) => blocks.push(code),
  };
  const record = (name: string, nodes: readonly Node[]): KernelCode => {
    const builder = new KernelBuilder();
    const team = { thread: builder.parameter("thread"), threads: builder.parameter("threads") };
    const limit = builder.parameter("limit");
    const buffers = bind(program.buffers, regions, { layout, team: threads > 1 ? team : null });
    recordNodes(nodes, {
      builder,
      buffers,
      fma,
      limit,
      outline,
      ...(threads > 1 && { team }),
    });
    return builder.finish(prefix + name);
  };
  const run = record("run", program.body);
  const prepare = program.prepare.length > 0 ? record("prepare", program.prepare) : null;
  return { codes: [...blocks, run, ...prepare ? [prepare] : []], run, prepare, regions };
}

function regionOf(
  { name, dtype, elements }: Buffer,
  check: number,
  { layout, threads, space }: {
    readonly layout: MemoryLayout;
    readonly threads: number;
    readonly space: Space;
  },
): Region {
  const more = (layout.perThreadBytes[name] ?? 0) * (threads - 1);
  return {
    name,
    space,
    offsetBytes: layout.offsetBytes[name],
    sizeBytes: elements * dtypeBytes(dtype) + more,
    check,
  };
}

// Of some buffers every thread has a copy, one behind the other.
function bind(
  buffers: readonly Buffer[],
  regions: ReadonlyMap<string, Region>,
  { layout, team }: { readonly layout: MemoryLayout; readonly team: Team | null },
): ReadonlyMap<string, BoundBuffer> {
  return new Map(buffers.map(({ name, dtype }) => {
    const region = regions.get(name)!;
    const apart = layout.perThreadBytes[name];
    const first = start(region);
    const pointer = team && apart !== undefined ? add(first, mul(team.thread, apart)) : first;
    return [name, { dtype, region, pointer }];
  }));
}
