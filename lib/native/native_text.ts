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
 * loops over so many threads and says how many of them are missing; they live from the first run between
 * `enter()` and `leave()` on.
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
    ...isThreaded ? [runTextOf(threads, call("body", ["thread", String(threads)]))] : [
      "void enter(void) {}",
      "void leave(void) {}",
      "int run(void **buffers) {",
      `  ${call("body", [])};`,
      "  return 0;",
      "}",
    ],
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

#if defined(__x86_64__) || defined(__i386__)
#define breathe() __builtin_ia32_pause()
#else
#define breathe() ((void)0)
#endif

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

/**
 * Threads are started by the first run and wait for the next ones: awake for a while, as a thread that
 * sleeps comes back late, and often on the core that is taken. The same library may be opened several
 * times, and run by several callers, who take turns.
 */
function runTextOf(threads: number, call: string): string {
  return `static void **given;
static long users, rounds, born, left, ended;
static int started;
static pthread_t others[${threads - 1}];
static pthread_mutex_t taken = PTHREAD_MUTEX_INITIALIZER, bed = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t wake = PTHREAD_COND_INITIALIZER;

static void work(ptrdiff_t thread) {
  void **buffers = given;
  ${call};
}

static long roundNow(void) { return __atomic_load_n(&rounds, __ATOMIC_ACQUIRE); }

static void *one(void *number) {
  for (long seen = born;; seen++) {
    for (int turn = 0; turn < 4000 && roundNow() == seen; turn++) {
      if (turn % 100 == 99) sched_yield();
      breathe();
    }
    pthread_mutex_lock(&bed);
    while (roundNow() == seen) pthread_cond_wait(&wake, &bed);
    pthread_mutex_unlock(&bed);
    if (ended) return NULL;
    work((ptrdiff_t)number);
    __atomic_sub_fetch(&left, 1, __ATOMIC_RELEASE);
  }
}

static void next(void) {
  pthread_mutex_lock(&bed);
  __atomic_add_fetch(&rounds, 1, __ATOMIC_RELEASE);
  pthread_cond_broadcast(&wake);
  pthread_mutex_unlock(&bed);
}

void enter(void) {
  pthread_mutex_lock(&taken);
  users++;
  pthread_mutex_unlock(&taken);
}

void leave(void) {
  pthread_mutex_lock(&taken);
  if (--users == 0 && started > 0) {
    ended = 1;
    next();
    while (started > 0) pthread_join(others[--started], NULL);
    ended = 0;
  }
  pthread_mutex_unlock(&taken);
}

int run(void **buffers) {
  pthread_mutex_lock(&taken);
  born = rounds;
  while (started < ${threads - 1}) {
    void *number = (void *)(ptrdiff_t)(started + 1);
    if (pthread_create(&others[started], NULL, one, number) != 0) break;
    started++;
  }
  int missing = ${threads - 1} - started;
  if (missing == 0) {
    given = buffers;
    team = ${threads};
    left = ${threads - 1};
    next();
    work(0);
    for (long turn = 0; __atomic_load_n(&left, __ATOMIC_ACQUIRE) > 0; turn++) {
      if (turn > 1000) sched_yield();
    }
  }
  pthread_mutex_unlock(&taken);
  return missing;
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
