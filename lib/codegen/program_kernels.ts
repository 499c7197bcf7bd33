import type { KernelCode, Region } from "../kernel/kernel.ts";
import { KernelBuilder, start } from "../kernel/kernel_builder.ts";
import { add, mul } from "../kernel/values.ts";
import type { WalkedCode } from "../kernel/walk/walk_context.ts";
import { type Touch, traceKernels } from "../kernel/walk/walk_kernels.ts";
import { dtypeBytes } from "../nest/dtype.ts";
import { ScheduleError } from "../schedule/loops.ts";
import type { Node, Program, ProgramBuffer } from "./program.ts";
import { recordNodes } from "./record/record_nodes.ts";
import type { BoundBuffer, ThreadTeam } from "./record/recording.ts";

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
  /** Where the buffers lie; left out: as {@link layOut} places them. */
  readonly layout?: MemoryLayout;
}

/**
 * Says in the kernel language what a program does. Nothing is encoded: what counts, traces or prints
 * kernels starts here just as the compiler does.
 */
export function kernelsOf(program: Program, options: KernelsOptions = {}): ProgramKernels {
  const { threads = 1, fma = false, layout = layOut(program.buffers, threads) } = options;
  const regions = new Map(
    program.buffers.map((buffer, index) =>
      [buffer.name, regionOf(buffer, index, { layout, threads })] as const
    ),
  );
  const blocks: KernelCode[] = [];
  const outline = {
    name: (buffer: string) => `${buffer}_block${blocks.length === 0 ? "" : `_${blocks.length}`}`,
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
    return builder.finish(name);
  };
  const run = record("run", program.body);
  const prepare = program.prepare.length > 0 ? record("prepare", program.prepare) : null;
  return { codes: [...blocks, run, ...prepare ? [prepare] : []], run, prepare, regions };
}

function regionOf(
  { name, dtype, elements }: ProgramBuffer,
  check: number,
  { layout, threads }: { readonly layout: MemoryLayout; readonly threads: number },
): Region {
  const more = (layout.perThreadBytes[name] ?? 0) * (threads - 1);
  return {
    name,
    space: "memory",
    offsetBytes: layout.offsetBytes[name],
    sizeBytes: elements * dtypeBytes(dtype) + more,
    check,
  };
}

// Of some buffers every thread has a copy, one behind the other.
function bind(
  buffers: readonly ProgramBuffer[],
  regions: ReadonlyMap<string, Region>,
  { layout, team }: { readonly layout: MemoryLayout; readonly team: ThreadTeam | null },
): ReadonlyMap<string, BoundBuffer> {
  return new Map(buffers.map(({ name, dtype }) => {
    const region = regions.get(name)!;
    const apart = layout.perThreadBytes[name];
    const first = start(region);
    const pointer = team && apart !== undefined ? add(first, mul(team.thread, apart)) : first;
    return [name, { dtype, region, pointer }];
  }));
}

/** Where the buffers of a kernel lie in its one memory, in bytes. */
interface MemoryLayout {
  readonly offsetBytes: Readonly<Record<string, number>>;
  /** Distance between the copies of different threads, for buffers that each thread has. */
  readonly perThreadBytes: Readonly<Record<string, number>>;
  readonly pages: number;
}

/** Bytes at the start of the memory where threads meet. */
export const controlBytes = 64;

const alignmentBytes = 64;
const pageBytes = 65536;
// A last vector may read, never write, up to 15 bytes past the end of a tensor.
const slackBytes = 64;

/** Places buffers one after the other, each on a cache line of its own. */
export function layOut(buffers: readonly ProgramBuffer[], threads: number): MemoryLayout {
  const offsetBytes: Record<string, number> = {};
  const perThreadBytes: Record<string, number> = {};
  let next = controlBytes;
  const largest = new Map<string, number>();
  for (const { name, sharesWith = name, elements, dtype } of buffers) {
    largest.set(sharesWith, Math.max(largest.get(sharesWith) ?? 0, elements * dtypeBytes(dtype)));
  }
  for (const buffer of buffers) {
    if (buffer.sharesWith !== undefined) continue;
    const sizeBytes = align(largest.get(buffer.name)! + slackBytes);
    offsetBytes[buffer.name] = next;
    if (buffer.perThread) perThreadBytes[buffer.name] = sizeBytes;
    next += sizeBytes * (buffer.perThread ? threads : 1);
  }
  for (const { name, sharesWith } of buffers) {
    if (sharesWith !== undefined) offsetBytes[name] = offsetBytes[sharesWith];
  }
  return { offsetBytes, perThreadBytes, pages: Math.ceil(next / pageBytes) };
}

function align(bytes: number): number {
  return Math.ceil(bytes / alignmentBytes) * alignmentBytes;
}

/** Elements of the outermost loop that `run` is called with, to do all of it. */
const everything = 2 ** 31 - 1;

/** A program to be followed as it is run by one thread, without what is done ahead of time. */
export function walkedProgram(program: Program): WalkedCode {
  const { run, codes } = kernelsOf(program);
  const args = [0, 1, everything];
  return {
    kernels: [run, ...codes.filter((code) => code !== run)],
    args,
    spaces: {},
    memory: null,
  };
}

/** Reports all accesses of a program in order, each with the index of its buffer. */
export function traceProgram(program: Program, touch: Touch): void {
  const { regions, run } = traceKernels(walkedProgram(program));
  const buffers = regions.map((name) => program.buffers.findIndex((each) => each.name === name));
  run((address, bytes, region, stores, usedBytes) => {
    touch(address, bytes, buffers[region], stores, usedBytes);
  });
}

/**
 * Checks that buffers in the same memory do not destroy each other: runs all addresses and compares,
 * for every byte read, which buffer wrote it last.
 *
 * @throws {ScheduleError} a byte is read that another buffer has overwritten.
 */
export function checkSharing(program: Program): void {
  const { buffers } = program;
  const owners = buffers.filter((one) => buffers.some(({ sharesWith }) => sharesWith === one.name));
  if (owners.length === 0) return;
  const sizes = new Map<string, number>();
  for (const buffer of buffers) {
    const at = homeOf(buffer);
    const sizeBytes = buffer.elements * dtypeBytes(buffer.dtype);
    sizes.set(at, Math.max(sizes.get(at) ?? 0, sizeBytes));
  }
  // Which buffer each byte belongs to, by index plus one; 0: whatever was there at the start.
  const held = new Map(owners.map(({ name }) => [name, new Uint8Array(sizes.get(name)!)]));
  const { offsetBytes } = layOut(buffers, 1);
  traceProgram(program, (address, bytes, index, stores, usedBytes) => {
    const buffer = buffers[index];
    const memory = held.get(homeOf(buffer));
    if (!memory) return;
    const first = address - offsetBytes[buffer.name];
    if (stores) {
      memory.fill(index + 1, first, first + bytes);
      return;
    }
    for (let at = first; at < first + usedBytes; at++) {
      const owner = memory[at] || (buffer.role === "input" ? index + 1 : 0);
      if (owner === index + 1) continue;
      const element = Math.floor(at / dtypeBytes(buffer.dtype));
      const other = owner === 0 ? "nothing has written" : `"${buffers[owner - 1].name}" overwrote`;
      throw new ScheduleError(
        `Cannot run ${program.name} in shared memory: it reads element ${element} of ` +
          `"${buffer.name}", which ${other}`,
      );
    }
  });
}

function homeOf({ name, sharesWith = name }: ProgramBuffer): string {
  return sharesWith;
}
