import { readsOf } from "../nest/define_nest.ts";
import type { Loop, Nest, Pack, Staged } from "../nest/nest.ts";
import { sumDtype } from "../nest/sum_dtype.ts";
import { dotFactors, dotGroup } from "./dot_group.ts";
import { axisOf, reachOf } from "./find_loop.ts";
import { ScheduleError } from "./schedule_error.ts";
import { guardedAxes, movesThrough, packedDimensions, tensorStride } from "./strides.ts";
import { unitOf } from "./vector_lanes.ts";

/**
 * Checks that neighbours of an input can be loaded at once and used from a register.
 *
 * @throws {ScheduleError} saying what keeps them from that.
 */
export function checkStaged(nest: Nest, vector: Loop | undefined): void {
  for (const staged of nest.staged) {
    const refuse = (why: string): never => {
      throw new ScheduleError(`Cannot stage "${staged.tensor}" at "${staged.at}": ${why}`);
    };
    if (!vector) return refuse("no axis is vectorized, whose lanes would share an element");
    checkElements(nest, staged, vector, refuse);
    const at = nest.loops.findIndex((loop) => loop.name === staged.at);
    for (const loop of nest.loops.slice(at + 1)) {
      const once = Math.ceil(reachOf(nest, loop) / unitOf(nest, loop)) === 1;
      if (loop.mode !== "dot" && loop.unroll !== "full" && !once) {
        refuse(
          `"${loop.name}" inside it leaves a loop, and a register has no address; unroll it fully`,
        );
      }
    }
  }
}

function checkElements(
  nest: Nest,
  { tensor: name, at }: Staged,
  vector: Loop,
  refuse: (why: string) => never,
): void {
  const reads = readsOf(nest.body.value).filter((read) => read.tensor === name);
  if (reads.length !== 1) {
    refuse(`it must be read at one place of the body, found ${reads.length}`);
  }
  const [access] = reads;
  const tensor = nest.tensors.find((each) => each.name === name)!;
  const loop = nest.loops.find((each) => each.name === at)!;
  if (guardedAxes(nest, access).size > 0) refuse("it is padded");
  if (axisOf(nest, loop).role !== "reduction") refuse("its loop is no reduction");
  if (movesThrough(access, vector)) refuse(`"${vector.name}" loads vectors of it already`);
  const pack = nest.packs.find((each) => each.tensor === name);
  if (pack) return checkPacked(nest, { pack, loop }, refuse);
  if (tensorStride(tensor, access, loop.axis) !== 1) {
    refuse(`its elements along ${loop.axis} are not side by side`);
  }
  const group = dotGroup(nest);
  const ofPairs = group === 2 && (tensor.dtype === "i8" || tensor.dtype === "i16") &&
    nest.loops.at(-1)!.axis === loop.axis && dotFactors(nest) !== null;
  const ofFloats = group === 1 && tensor.dtype === "f32" && sumDtype(nest) === "f32";
  if (!ofPairs && !ofFloats) {
    refuse(
      "only pairs of i8 or i16 that a dot loop multiplies, and f32, are taken from a register",
    );
  }
  const sizes = ofPairs ? [8, 4] : [4, 2];
  if (!sizes.includes(loop.step)) {
    refuse(`one iteration covers ${loop.step} of its elements; tile it by ${sizes.join(" or ")}`);
  }
}

// More neighbours than these would be no one vector and a rest.
const mostPacked = 7;

/** Checks that all that the loops inside `loop` use of a packed copy lies side by side, and is float32. */
function checkPacked(
  nest: Nest,
  { pack, loop }: { readonly pack: Pack; readonly loop: Loop },
  refuse: (why: string) => never,
): void {
  if (pack.dtype !== "f32" || sumDtype(nest) !== "f32") {
    refuse("of packed tensors, only f32 can be staged");
  }
  const place = (each: Loop) => nest.loops.indexOf(each);
  const inside = packedDimensions(nest, pack).filter((each) => place(each.loop) > place(loop));
  const isAround = nest.loops.findIndex(({ name }) => name === pack.at) < place(loop);
  if (!isAround || inside.length !== 1) {
    refuse(
      `it is packed, and ${inside.length} loops inside "${loop.name}" walk the copy; needed is one`,
    );
  }
  const [{ count }] = inside;
  if (count > mostPacked) {
    refuse(
      `the loop inside it walks ${count} elements of the copy, at most ${mostPacked} are loaded`,
    );
  }
}
