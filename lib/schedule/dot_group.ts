import { sumDtype } from "../nest/define_nest.ts";
import { dtypeBytes } from "../nest/dtype.ts";
import type { Access, Expr, Loop, Nest } from "../nest/nest.ts";
import { axisOf, ScheduleError, tileOf } from "./loops.ts";

/** Elements of a reduction that one lane multiplies and adds at once; 1 without a dot loop. */
export function dotGroup(nest: Nest): number {
  const dot = nest.loops.find((loop) => loop.mode === "dot");
  return dot ? tileOf(nest, dot)?.step ?? axisOf(nest, dot).extent : 1;
}

/** What int8 gets added so that it is a uint8, as the product of fours needs one of its factors. */
export const unsignedOffset = 128;

/** Whether the copy of a tensor of int8 is of uint8: {@link unsignedOffset} is added to each element. */
export function isOffset({ tensors, packs }: Nest, tensor: string): boolean {
  const pack = packs.find((each) => each.tensor === tensor);
  return pack?.dtype === "u8" && tensors.find(({ name }) => name === tensor)!.dtype === "i8";
}

/** The factor of a product of fours that has no offset, where the other's copy has; null: none has. */
export function beside(nest: Nest): Access | null {
  if (dotGroup(nest) !== 4) return null;
  const factors = dotFactors(nest) ?? [];
  const offset = factors.find(({ access }) => isOffset(nest, access.tensor));
  return offset ? factors.find((each) => each !== offset)!.access : null;
}

/** A factor of a dot product. */
export interface DotFactor {
  readonly access: Access;
  /** Whether the body adds {@link unsignedOffset} to it. */
  readonly isUnsigned: boolean;
}

/** The two factors that a dot loop multiplies; null if the body is no sum of such products. */
export function dotFactors({ body: { update, value } }: Nest): readonly DotFactor[] | null {
  if (update !== "add" || value.kind !== "binary" || value.op !== "mul") return null;
  const factors = [value.left, value.right].map(factorOf);
  return factors.every((factor) => factor !== null) ? factors : null;
}

/** How many factors of a dot loop are of uint8, by what the body adds to them or by their copies. */
export function unsignedFactors(nest: Nest): number {
  const factors = dotFactors(nest) ?? [];
  return factors.filter(({ access, isUnsigned }) => isUnsigned || isOffset(nest, access.tensor))
    .length;
}

/** Whether all factors are packed, so that a last group that is not full is filled up with zeros. */
export function groupsAreFilled(nest: Nest): boolean {
  const factors = dotFactors(nest) ?? [];
  return factors.every(({ access }) => nest.packs.some(({ tensor }) => tensor === access.tensor));
}

/** Whether the body is a copy, whose elements a dot loop takes from two rows in turn. */
export function interleaves({ body }: Nest): boolean {
  return body.update === "set" && body.value.kind === "read";
}

/** What is read with {@link unsignedOffset} added to it, or null. */
export function unsignedRead(expr: Expr): Access | null {
  if (expr.kind !== "binary" || expr.op !== "add" || expr.left.kind !== "read") return null;
  const { right } = expr;
  return right.kind === "constant" && right.value === unsignedOffset ? expr.left.access : null;
}

function factorOf(expr: Expr): DotFactor | null {
  if (expr.kind === "read") return { access: expr.access, isUnsigned: false };
  const access = unsignedRead(expr);
  return access && { access, isUnsigned: true };
}

const registerBytes = 16;

/** Sums that one register holds: one of 128 bits, or what the schedule says. */
export function vectorLanes(nest: Nest): number {
  const lanes = nest.loops.find((loop) => loop.mode === "vector")?.lanes;
  return lanes ?? registerBytes / dtypeBytes(sumDtype(nest));
}

/**
 * Refuses vectors that WebAssembly does not have.
 *
 * @throws {ScheduleError} the schedule's vectors have not 128 bits.
 */
export function checkVectors(nest: Nest): void {
  const bits = 8 * vectorLanes(nest) * dtypeBytes(sumDtype(nest));
  if (bits === 8 * registerBytes) return;
  const { name } = nest.loops.find((loop) => loop.mode === "vector")!;
  throw new ScheduleError(
    `Cannot compile ${nest.name}: vectors along "${name}" have ${bits} bits, those of WebAssembly ` +
      `${8 * registerBytes}; toC takes any`,
  );
}

/** Elements of its axis that one iteration of a loop covers. */
export function elementsPerTurn(nest: Nest, loop: Loop): number {
  return loop.mode === "vector" ? vectorLanes(nest) : loop.step;
}
