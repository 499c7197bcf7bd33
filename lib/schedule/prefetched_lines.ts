import { readsOf } from "../nest/define_nest.ts";
import { dtypeBytes } from "../nest/dtype.ts";
import type { Access, Loop, Nest, Prefetched } from "../nest/nest.ts";
import { reachOf, ScheduleError } from "./loops.ts";
import { heldDuring, stepStride } from "./strides.ts";

const LINE_BYTES = 64;
const mostLines = 64;
const mostElements = 2 ** 16;

/** What is asked for at once. */
export interface PrefetchedLines {
  readonly access: Access;
  /** Elements from those of this iteration to the first of each line of the later one. */
  readonly offsets: readonly number[];
  readonly isWritten: boolean;
}

/**
 * The lines of memory that a later iteration uses, if its first element begins one.
 *
 * @throws {ScheduleError} saying why they cannot be asked for.
 */
export function prefetchedLines(
  nest: Nest,
  { tensor: name, at, ahead }: Prefetched,
): PrefetchedLines {
  const refuse = (why: string): never => {
    throw new ScheduleError(`Cannot prefetch "${name}" at "${at}": ${why}`);
  };
  const { target, value } = nest.body;
  const isWritten = target.tensor === name;
  const reads = readsOf(value).filter(({ tensor }) => tensor === name);
  if (!isWritten && reads.length !== 1) {
    refuse(`it must be read at one place of the body, found ${reads.length}`);
  }
  const access = isWritten ? target : reads[0];
  const place = nest.loops.findIndex((each) => each.name === at);
  const loop = nest.loops[place];
  if (loop.unroll === "full" || loop.mode === "vector" || loop.mode === "dot") {
    refuse("the loop is no loop any more; take one further out");
  }
  const held = nest.loops.findIndex((each) => each.name === heldDuring(nest));
  if (isWritten && held >= 0 && held <= place) refuse("it stays in registers there");
  const stride = stepStride(nest, access, loop);
  if (stride === 0) refuse("all iterations use the same elements; take another loop");
  const inner = nest.loops.slice(place + 1);
  const counts = inner.map((each) => countOf(nest, access, each));
  const elements = counts.reduce((product, count) => product * count, 1);
  const copy = nest.packs.find(({ tensor }) => tensor === name);
  const { dtype } = copy ?? nest.tensors.find((tensor) => tensor.name === name)!;
  const perLine = LINE_BYTES / dtypeBytes(dtype);
  const refuseMany = (many: string) =>
    refuse(
      `one iteration uses ${many}, at most ${mostLines} lines are asked for; take a loop further in`,
    );
  if (elements > mostElements) refuseMany(`${elements} elements`);
  const walks = inner.map((each, i) => [stepStride(nest, access, each), counts[i]] as const);
  const starts = startsOf(walks, perLine);
  if (starts.size > mostLines) refuseMany(`${starts.size} lines`);
  return { access, offsets: [...starts].map((start) => start + ahead * stride), isWritten };
}

/** Iterations of a loop that use different elements. */
function countOf(nest: Nest, access: Access, loop: Loop): number {
  return stepStride(nest, access, loop) === 0 ? 1 : Math.ceil(reachOf(nest, loop) / loop.step);
}

function startsOf(walks: readonly (readonly [number, number])[], perLine: number): Set<number> {
  let starts = [0];
  for (const [stride, count] of walks) {
    starts = starts.flatMap((start) =>
      Array.from({ length: count }, (_, step) => start + step * stride)
    );
  }
  return new Set(starts.map((start) => Math.floor(start / perLine) * perLine));
}
