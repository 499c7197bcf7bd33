import {
  aliases,
  heads,
  isTensor,
  ownBuffers,
  parameterText,
  printComputation,
  sizeOf,
} from "../codegen/to_c.ts";
import { tileFrame } from "../codegen/c/print_tiles.ts";
import { elementTypes } from "../codegen/c/vector_functions.ts";
import type { ProgramBuffer } from "../codegen/program.ts";
import { dtypeBytes } from "../nest/dtype.ts";
import type { Computation } from "../nest/pipeline.ts";

/** A computation as the source of a shared library. */
export interface NativeText {
  readonly source: string;
  /** Memory that it works in, in the order in which it takes the addresses. */
  readonly memory: readonly NativeBuffer[];
}

/** One piece of memory. */
export interface NativeBuffer {
  readonly buffer: ProgramBuffer;
  /** Bytes, for all threads together. */
  readonly sizeBytes: number;
}

/**
 * Writes a computation as a library with `prepare(buffers)` and `run(buffers)`, which spreads parallel
 * loops over so many threads.
 */
export function nativeText(computation: Computation, threads: number): NativeText {
  const isThreaded = threads > 1;
  const { buffers, printed, functions, nameOf } = printComputation(computation, {
    isThreaded,
    takesTiles: true,
  });
  const frame = functions.has("has_tiles") ? tileFrame : { before: [], after: [] };
  const tensors = buffers.filter((each) => isTensor(each) && each.sharesWith === undefined);
  const own = ownBuffers(buffers);
  const given = [...tensors, ...own];
  const parameters = [
    ...tensors.map((each) => parameterText(each, { buffers, nameOf })),
    ...own.map(({ name, dtype }) => `${elementTypes[dtype]} *${nameOf(name)}`),
  ].map((text) => isShared(buffers) ? text : text.replace("*", "*restrict "));
  const apart = own.filter(({ perThread }) => perThread && isThreaded)
    .map((each) => `  ${nameOf(each.name)} += thread * ${elementsPerThread(each, buffers)};`);
  const team = isThreaded ? ["ptrdiff_t thread", "ptrdiff_t threads"] : [];
  const unused = (names: readonly string[]) => names.map((name) => `  (void)${name};`);
  const body = (name: string, lines: readonly string[]) => [
    `static void ${name}(${[...parameters, ...team].join(", ")}) {`,
    ...unused(isThreaded ? ["thread", "threads"] : []),
    ...unused(given.map((each) => nameOf(each.name))),
    ...apart,
    ...aliases(buffers, nameOf),
    ...frame.before,
    ...lines,
    ...frame.after,
    "}",
  ];
  const call = (name: string, more: readonly string[]) =>
    `${name}(${[...given.map((_, i) => `buffers[${i}]`), ...more].join(", ")})`;
  const source = [
    heads(functions),
    ...isThreaded ? [teamText] : [],
    ...body("body", printed.body),
    ...body("ahead", printed.prepare),
    "",
    "void prepare(void **buffers) {",
    `  ${call("ahead", isThreaded ? ["0", "1"] : [])};`,
    "}",
    "",
    ...isThreaded
      ? [runTextOf(threads, call("body", ["thread", String(threads)]))]
      : ["int run(void **buffers) {", `  ${call("body", [])};`, "  return 0;", "}"],
    hugeText,
    tilesText,
  ].join("\n");
  const memory = given.map((buffer) => ({
    buffer,
    sizeBytes: buffer.perThread && isThreaded
      ? elementsPerThread(buffer, buffers) * dtypeBytes(buffer.dtype) * threads
      : sizeOf(buffer, buffers) * dtypeBytes(buffer.dtype),
  }));
  return { source, memory };
}

function isShared(buffers: readonly ProgramBuffer[]): boolean {
  return buffers.some(({ sharesWith }) => sharesWith !== undefined);
}

const LINE_BYTES = 64;

/** Copies of different threads lie on lines of their own. */
function elementsPerThread(buffer: ProgramBuffer, all: readonly ProgramBuffer[]): number {
  const bytes = sizeOf(buffer, all) * dtypeBytes(buffer.dtype);
  return Math.ceil(bytes / LINE_BYTES) * LINE_BYTES / dtypeBytes(buffer.dtype);
}

/** Where threads wait for each other: the last one lets the others go on. */
const teamText = `#include <pthread.h>
#include <sched.h>
#include <stdlib.h>

static long team, waiting, phase;
static void meet(void) {
  long now = __atomic_load_n(&phase, __ATOMIC_ACQUIRE);
  if (__atomic_add_fetch(&waiting, 1, __ATOMIC_ACQ_REL) == team) {
    __atomic_store_n(&waiting, 0, __ATOMIC_RELAXED);
    __atomic_store_n(&phase, now + 1, __ATOMIC_RELEASE);
    return;
  }
  for (long turn = 0; __atomic_load_n(&phase, __ATOMIC_ACQUIRE) == now; turn++) {
    if (turn > 1000) sched_yield();
  }
}
`;

/** Threads live as long as one run: they take some 20 microseconds to start. */
function runTextOf(threads: number, call: string): string {
  return `static void **given;
static void *one(void *number) {
  ptrdiff_t thread = (ptrdiff_t)number;
  void **buffers = given;
  ${call};
  return NULL;
}

int run(void **buffers) {
  pthread_t others[${threads - 1}];
  int started = 0;
  given = buffers;
  team = ${threads};
  for (; started < ${threads - 1}; started++) {
    if (pthread_create(&others[started], NULL, one, (void *)(ptrdiff_t)(started + 1)) != 0) break;
  }
  /* Without all of them the others would wait for ever. */
  if (started < ${threads - 1}) abort();
  one((void *)0);
  for (int i = 0; i < started; i++) pthread_join(others[i], NULL);
  return 0;
}`;
}

/** `tiles()`: whether matrix tiles are used. */
const tilesText = `#if defined(HAS_TILES)
int tiles(void) { return has_tiles; }
#else
int tiles(void) { return 0; }
#endif
`;

/** `huge(start, bytes)`: large pages, where the system has them, for fewer misses in the tables of addresses. */
export const hugeText = `
#if defined(__linux__)
#include <sys/mman.h>
int huge(void *start, size_t bytes) { return madvise(start, bytes, 14) == 0; }
#else
int huge(void *start, size_t bytes) { (void)start; (void)bytes; return 0; }
#endif
`;
