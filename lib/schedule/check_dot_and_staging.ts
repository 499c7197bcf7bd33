import { readsOf, sumDtype } from "../nest/define_nest.ts";
import type { Loop, Nest, Pack, Staged } from "../nest/nest.ts";
import {
  beside,
  type DotFactor,
  dotFactors,
  dotGroup,
  elementsPerTurn,
  interleaves,
  isOffset,
  unsignedFactors,
} from "./dot_group.ts";
import { axisOf, reachOf, ScheduleError, tileOf } from "./loops.ts";
import {
  guardedAxes,
  heldDuring,
  movesThrough,
  movesThroughAxis,
  packedDimensions,
  stepStride,
  tensorStride,
} from "./strides.ts";

type Refuse = (why: string) => never;

/**
 * Checks that groups of a dot loop can be multiplied and added: pairs of int16 by `i32x4.dot_i16x8_s`,
 * fours of uint8 and int8 by `i32x4.relaxed_dot_i8x16_i7x16_add_s`, fours of int8 alone by what a
 * processor has for them.
 *
 * @throws {ScheduleError} saying what keeps it from that.
 */
export function checkDot(nest: Nest, loop: Loop, vector: Loop | undefined): void {
  const group = dotGroup(nest);
  const refuse: Refuse = (why) => refuseDot(nest, loop, why);
  if (!vector) return refuse("no axis is vectorized");
  if (nest.loops.at(-1) !== loop) refuse("it must be the innermost loop; reorder it");
  if (interleaves(nest)) return checkInterleaving(nest, loop, refuse);
  if (axisOf(nest, loop).role !== "reduction") refuse("it is no reduction");
  const factors = dotFactors(nest);
  const unsigned = unsignedFactors(nest);
  if (!factors || (group === 2 && unsigned > 0)) {
    return refuse("the body is not a sum of products of two tensors");
  }
  if (unsigned > 1) refuse("one factor may be uint8, and both are");
  if (sumDtype(nest) !== "i32") refuse(`its sums must be i32, and are ${sumDtype(nest)}`);
  for (const factor of factors) checkFactor(nest, factor, { loop, vector, refuse });
}

/**
 * Checks that a dot loop has two or four iterations.
 *
 * @throws {ScheduleError} it has another number.
 */
export function checkGroup(nest: Nest, loop: Loop): void {
  const group = dotGroup(nest);
  if (group !== 2 && group !== 4) refuseDot(nest, loop, "tile it by 2, or by 4, first");
}

function refuseDot(nest: Nest, loop: Loop, why: string): never {
  const groups = dotGroup(nest) === 4 ? "fours" : "pairs";
  throw new ScheduleError(`Cannot multiply and add ${groups} along "${loop.name}": ${why}`);
}

function checkFactor(
  nest: Nest,
  { access, isUnsigned }: DotFactor,
  { loop, vector, refuse }: { readonly loop: Loop; readonly vector: Loop; readonly refuse: Refuse },
): void {
  const { tensor } = access;
  const group = dotGroup(nest);
  const pack = nest.packs.find((candidate) => candidate.tensor === tensor);
  const dtype = pack?.dtype ?? nest.tensors.find(({ name }) => name === tensor)!.dtype;
  const multiplied = group === 4 ? ["i8"] : ["i8", "i16"];
  const isMultiplied = multiplied.includes(dtype) ||
    (group === 4 && !isUnsigned && isOffset(nest, tensor));
  if (!isMultiplied) {
    refuse(`it multiplies ${multiplied.join(" and ")}, and "${tensor}" is ${dtype}`);
  }
  if (stepStride(nest, access, loop) !== 1) {
    refuse(`its ${group === 4 ? "fours" : "pairs"} are not side by side in "${tensor}"; pack it`);
  }
  if (pack) return;
  if (guardedAxes(nest, access).size > 0) refuse(`"${tensor}" is padded; pack it`);
  const isVector = stepStride(nest, access, vector) !== 0;
  if (isVector && axisOf(nest, loop).extent % group !== 0) {
    refuse(`the last group of "${tensor}" is not full; pack it, which fills it up with zeros`);
  }
}

/**
 * Checks that what a product of fours has too many, where one factor's copy is of uint8, can be taken
 * from the sums before they begin: 128 times the sums of the other factor, which its copy holds.
 *
 * @throws {ScheduleError} saying what keeps it from that.
 */
export function checkOffset(nest: Nest): void {
  const other = beside(nest);
  if (other === null) return;
  const refuse: Refuse = (why) => {
    throw new ScheduleError(`Cannot multiply uint8 by "${other.tensor}" in fours: ${why}`);
  };
  const pack = nest.packs.find(({ tensor }) => tensor === other.tensor);
  const held = heldDuring(nest);
  if (!pack) return refuse(`pack "${other.tensor}" too`);
  if (held === null) return refuse("accumulate the sums in registers");
  const place = (name: string | null) => nest.loops.findIndex((loop) => loop.name === name);
  if (place(pack.at) >= place(held)) {
    refuse(`it is packed where the sums are in registers already; pack it outside of "${held}"`);
  }
  const still = nest.axes.find(({ name, role }) =>
    role === "reduction" && !movesThroughAxis(other, name)
  );
  if (still) refuse(`"${still.name}" does not move through it`);
  const vector = nest.loops.find(({ mode }) => mode === "vector");
  if (vector && axisOf(nest, vector).role === "reduction") refuse("the vector is a reduction");
}

function checkInterleaving(nest: Nest, loop: Loop, refuse: Refuse): void {
  const { target } = nest.body;
  const { dtype } = nest.tensors.find((tensor) => tensor.name === target.tensor)!;
  if (dotGroup(nest) !== 2) refuse("a copy interleaves two rows");
  if (tileOf(nest, loop)) refuse("a copy interleaves the two values of an axis, not of a tile");
  if (nest.packs.length > 0) refuse("a copy that interleaves cannot be packed");
  if (dtype !== "i16") refuse(`a copy interleaves int16, and "${target.tensor}" is ${dtype}`);
  if (stepStride(nest, target, loop) !== 1) {
    refuse(`its pairs are not side by side in "${target.tensor}"`);
  }
}

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
      const once = Math.ceil(reachOf(nest, loop) / elementsPerTurn(nest, loop)) === 1;
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
