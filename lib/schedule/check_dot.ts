import type { Loop, Nest } from "../nest/nest.ts";
import { sumDtype } from "../nest/sum_dtype.ts";
import { type DotFactor, dotFactors, dotGroup, interleaves } from "./dot_group.ts";
import { axisOf, tileOf } from "./find_loop.ts";
import { ScheduleError } from "./schedule_error.ts";
import { guardedAxes, stepStride } from "./strides.ts";

type Refuse = (why: string) => never;

/**
 * Checks that an instruction multiplies and adds the groups of a dot loop: pairs of int16 by
 * `i32x4.dot_i16x8_s`, fours of uint8 and int8 by `i32x4.relaxed_dot_i8x16_i7x16_add_s`.
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
  const unsigned = factors?.filter(({ isUnsigned }) => isUnsigned).length;
  if (!factors || unsigned !== (group === 4 ? 1 : 0)) {
    return refuse(
      group === 4
        ? "the body is not a sum of products (X + 128) * W of int8"
        : "the body is not a sum of products of two tensors",
    );
  }
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
  { access }: DotFactor,
  { loop, vector, refuse }: { readonly loop: Loop; readonly vector: Loop; readonly refuse: Refuse },
): void {
  const { tensor } = access;
  const group = dotGroup(nest);
  const pack = nest.packs.find((candidate) => candidate.tensor === tensor);
  const dtype = pack?.dtype ?? nest.tensors.find(({ name }) => name === tensor)!.dtype;
  const multiplied = group === 4 ? ["i8"] : ["i8", "i16"];
  if (!multiplied.includes(dtype)) {
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
