import { allReadsOf, readsOf, sumDtype } from "../nest/define_nest.ts";
import { dtypeBytes, type NestDtype } from "../nest/dtype.ts";
import type { Loop, Nest } from "../nest/nest.ts";
import { checkDot, checkGroup, checkOffset, checkStaged } from "./check_dot_and_staging.ts";
import { dotGroup, elementsPerTurn, interleaves } from "./dot_group.ts";
import { axisOf, reachOf, ScheduleError, tileOf } from "./loops.ts";
import { prefetchedLines } from "./prefetched_lines.ts";
import {
  firstReduction,
  guardedAxes,
  heldDuring,
  loopOverSums,
  movesThrough,
  packedAccess,
  packedLoops,
  stepStride,
  sumsInRegisters,
} from "./strides.ts";

// What a vector of a dtype can be computed from; one of single bytes can only be copied.
const vectorSources: Readonly<Record<NestDtype, readonly NestDtype[]>> = {
  f32: ["f32", "i8", "u8", "i16", "i32"],
  f64: ["f64"],
  i8: ["i8"],
  u8: ["u8"],
  i16: ["i16", "i8", "u8"],
  i32: ["i32", "i16", "i8", "u8"],
};

// Longer code overflows the instruction cache, and takes seconds to compile.
const mostCopies = 4096;

/**
 * Checks that the loops, packs and register block of a nest compute what its plain loops compute.
 *
 * @throws {ScheduleError} naming the rule that is broken and what would be right.
 */
export function checkLegal(nest: Nest): void {
  checkTileOrder(nest);
  checkCopies(nest);
  checkParallel(nest);
  checkPacks(nest);
  const vector = nest.loops.find((loop) => loop.mode === "vector");
  const dot = nest.loops.find((loop) => loop.mode === "dot");
  if (dot) checkGroup(nest, dot);
  if (vector) checkVector(nest, vector, dot);
  if (dot) checkDot(nest, dot, vector);
  checkStaged(nest, vector);
  checkAccumulate(nest, vector);
  checkStart(nest);
  for (const prefetched of nest.prefetched) prefetchedLines(nest, prefetched);
}

function checkTileOrder(nest: Nest): void {
  for (const loop of nest.loops) {
    const tile = tileOf(nest, loop);
    if (tile && tile.step <= loop.step) {
      throw new ScheduleError(
        `Cannot run "${loop.name}" inside "${tile.name}": the loop over tiles of ${loop.axis} ` +
          `must stay outside the loop that walks a tile; keep "${loop.name}" outside "${tile.name}"`,
      );
    }
  }
}

function checkCopies(nest: Nest): void {
  const copies = nest.loops.reduce((product, loop) => {
    const iterations = Math.ceil(reachOf(nest, loop) / elementsPerTurn(nest, loop));
    return product * (loop.unroll === "full" ? iterations : Math.min(loop.unroll, iterations));
  }, 1);
  if (copies > mostCopies) {
    const names = nest.loops.filter((loop) => loop.unroll !== 1).map((loop) => `"${loop.name}"`);
    throw new ScheduleError(
      `Cannot unroll ${names.join(" and ")}: that makes ${copies} copies of the body, more than ` +
        `${mostCopies}; tile first, or unroll by less`,
    );
  }
}

function checkParallel(nest: Nest): void {
  const loops = nest.loops.filter((loop) => loop.mode === "parallel");
  if (loops.length > 1) {
    throw new ScheduleError(
      `Cannot run "${loops[1].name}" in parallel: "${
        loops[0].name
      }" already is, and one loop can be`,
    );
  }
  const [loop] = loops;
  if (!loop) return;
  if (axisOf(nest, loop).role === "reduction") {
    throw new ScheduleError(
      `Cannot run "${loop.name}" in parallel: it carries the reduction into ` +
        `${nest.body.target.tensor}, which threads would update at once; use a loop of its index`,
    );
  }
  const at = nest.loops.findIndex((candidate) => candidate.name === nest.accumulateAt);
  if (at >= 0 && at < nest.loops.indexOf(loop)) {
    throw new ScheduleError(
      `Cannot run "${loop.name}" in parallel: it is inside "${nest.accumulateAt}", during which ` +
        `${nest.body.target.tensor} stays in one thread's registers; reorder it outward`,
    );
  }
  if (nest.loops.slice(0, nest.loops.indexOf(loop)).some((outer) => outer.unroll !== 1)) {
    throw new ScheduleError(
      `Cannot run "${loop.name}" in parallel inside an unrolled loop; reorder it outward`,
    );
  }
}

function checkPacks(nest: Nest): void {
  for (const pack of nest.packs) {
    const { target, value, finish } = nest.body;
    const [reads, later] = [readsOf(value), finish ? readsOf(finish) : []]
      .map((all) => all.filter((read) => read.tensor === pack.tensor).length);
    if ((reads !== 1 || later > 0) && target.tensor !== pack.tensor) {
      throw new ScheduleError(
        `Cannot pack "${pack.tensor}": it must be read at one place of the body, found ${reads}` +
          (later > 0 ? `, and ${later} where sums are finished` : ""),
      );
    }
    const access = packedAccess(nest, pack);
    const at = nest.loops.findIndex((loop) => loop.name === pack.at);
    const vector = nest.loops.findIndex((loop) => loop.mode === "vector");
    if (vector >= 0 && vector <= at && movesThrough(access, nest.loops[vector])) {
      throw new ScheduleError(
        `Cannot pack "${pack.tensor}" at "${pack.at}": one iteration of "${
          nest.loops[vector].name
        }" is a vector of its elements; pack it at a loop further out`,
      );
    }
    if (packedLoops(nest, pack).length === 0) {
      throw new ScheduleError(
        `Cannot pack "${pack.tensor}" at "${pack.at}": no loop inside moves through it; ` +
          `pack it at a loop further out`,
      );
    }
    const held = nest.loops.findIndex((loop) => loop.name === nest.accumulateAt);
    if (access === target && held >= 0 && held <= at) {
      throw new ScheduleError(
        `Cannot pack "${pack.tensor}" at "${pack.at}": it stays in registers during ` +
          `"${nest.accumulateAt}"; pack it at a loop further out`,
      );
    }
  }
}

function checkVector(nest: Nest, loop: Loop, dot: Loop | undefined): void {
  const { target } = nest.body;
  if (loop.step !== 1) {
    throw new ScheduleError(
      `Cannot vectorize "${loop.name}": it steps by tiles of ${loop.step}; vectorize "${loop.axis}"`,
    );
  }
  if (axisOf(nest, loop).role === "reduction" && nest.accumulateAt === null) {
    throw new ScheduleError(
      `Cannot vectorize "${loop.name}": it carries the reduction into ${target.tensor}, so its lanes ` +
        `need registers of their own; accumulate(nest, ...) first`,
    );
  }
  const dtypeOf = (name: string) => nest.tensors.find((tensor) => tensor.name === name)!.dtype;
  const dtype = sumDtype(nest);
  const readable = vectorSources[dtype];
  const odd = allReadsOf(nest.body).find((read) => !readable.includes(dtypeOf(read.tensor)));
  const copies = nest.body.update === "set" && nest.body.value.kind !== "binary";
  const sums = dtype !== "i16" || axisOf(nest, loop).role === "space";
  if (odd || !sums || (dtypeBytes(dtype) === 1 && !copies)) {
    throw new ScheduleError(
      `Cannot vectorize "${loop.name}": no vector instruction computes ${dtype}` +
        (odd ? ` from ${dtypeOf(odd.tensor)}` : ""),
    );
  }
  for (const access of [target, ...allReadsOf(nest.body)]) {
    const stride = stepStride(nest, access, loop);
    const grouped = dot && movesThrough(access, dot) && (access === target) === interleaves(nest);
    const contiguous = grouped ? dotGroup(nest) : 1;
    if (stride !== 0 && stride !== contiguous) {
      throw new ScheduleError(
        `Cannot vectorize "${loop.name}": neighbours of "${access.tensor}" are ${stride} elements ` +
          `apart, not ${contiguous}; vectorize another axis or pack "${access.tensor}"`,
      );
    }
    const packed = nest.packs.some((pack) => pack.tensor === access.tensor);
    if (!packed && guardedAxes(nest, access).has(loop.axis)) {
      throw new ScheduleError(
        `Cannot vectorize "${loop.name}": "${access.tensor}" is padded along ${loop.axis}; pack it`,
      );
    }
  }
}

function checkAccumulate(nest: Nest, vector: Loop | undefined): void {
  if (nest.accumulateAt === null) return;
  const at = nest.loops.findIndex((loop) => loop.name === nest.accumulateAt);
  const refuse = (why: string): never => {
    throw new ScheduleError(
      `Cannot accumulate ${nest.body.target.tensor} in registers during "${nest.accumulateAt}": ${why}`,
    );
  };
  if (nest.body.update === "set") refuse("the body sets it only once");
  const walks = loopOverSums(nest, at);
  if (walks) {
    refuse(`"${walks.name}" inside it walks ${nest.body.target.tensor}; unroll it fully first`);
  }
  if (vector && axisOf(nest, vector).role === "reduction" && nest.loops.indexOf(vector) < at) {
    refuse(`the vectorized reduction "${vector.name}" is outside it`);
  }
  if (nest.body.finish && !sumsInRegisters(nest)) {
    const { name } = nest.loops[firstReduction(nest)];
    refuse(`its sums are finished after it, but "${name}" outside it goes on with them`);
  }
}

// Outside registers, the target is set before the reduction, by the thread that updates it.
function checkStart(nest: Nest): void {
  const { start, target, finish } = nest.body;
  if (finish && nest.packs.some((pack) => pack.tensor === target.tensor)) {
    throw new ScheduleError(
      `Cannot pack "${target.tensor}": its sums are finished from registers, never in memory`,
    );
  }
  if (start === undefined || finish || sumsInRegisters(nest)) return;
  const refuse = (why: string): never => {
    throw new ScheduleError(
      `Cannot start ${target.tensor} from ${start} outside registers: ${why}; accumulate during ` +
        `the outermost reduction loop`,
    );
  };
  if (nest.packs.some((pack) => pack.tensor === target.tensor)) refuse("it is packed");
  const first = firstReduction(nest);
  const inner = nest.loops.slice(first).find((loop) => loop.mode === "parallel");
  if (first >= 0 && inner) refuse(`threads share "${inner.name}" inside the reduction`);
}

/**
 * Checks what need not hold until a schedule runs: sums that are finished stay in registers until they
 * are, and those of products with an offset begin there.
 *
 * @throws {ScheduleError} a loop over the target is left inside the outermost reduction.
 */
export function checkFinished(nest: Nest): void {
  checkOffset(nest);
  if (!nest.body.finish || heldDuring(nest) !== null) return;
  const first = firstReduction(nest);
  throw new ScheduleError(
    `Cannot finish the sums of ${nest.body.target.tensor}: "${loopOverSums(nest, first)!.name}" ` +
      `inside "${nest.loops[first].name}" walks them, and registers have no address; reorder it ` +
      `outward or unroll it fully`,
  );
}
