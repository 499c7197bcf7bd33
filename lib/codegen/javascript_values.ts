import { isFloat, type NestDtype } from "../nest/dtype.ts";
import type { BinaryOp } from "../nest/nest.ts";
import { unsignedOffset } from "../schedule/dot_group.ts";
import type { Compute, Expression, Guard, Ref } from "./program.ts";

/** Where a line of JavaScript stands. */
export interface ValueScope {
  readonly indent: string;
  readonly dtypes: ReadonlyMap<string, NestDtype>;
  /** Elements per step of the loops around. */
  readonly steps: ReadonlyMap<string, number>;
}

/**
 * The function `requantize`, as multiplyByQuantizedMultiplier of lib/model/fixed_point.ts has it from
 * gemmlowp: the high half of the doubled product, rounded, then a division by a power of two, rounded
 * again, halves away from 0.
 */
export const requantizeLines = [
  "  const requantize = (value, multiplier, shift) => {",
  "    const product = BigInt(value << Math.max(shift, 0)) * BigInt(multiplier);",
  "    const high = Number(product + (1n << 30n) >> 31n);",
  "    const right = Math.max(-shift, 0);",
  "    const mask = (1 << right) - 1 | 0;",
  "    const threshold = (mask >> 1) + (high < 0 ? 1 : 0);",
  "    return (high >> right) + ((high & mask) > threshold ? 1 : 0);",
  "  };",
];

/** What a value is computed as, and for which sum. */
interface Kind extends Pick<Compute, "dtype" | "width"> {
  /** What a sum that is finished has come to. */
  readonly sum?: string;
}

/** An expression for one lane, of one member of a group. */
export function valueText(
  value: Expression,
  lane: number,
  kind: Kind,
  scope: ValueScope,
  member = 0,
): string {
  const { dtype, width } = kind;
  switch (value.kind) {
    case "constant":
      return String(value.value);
    case "sum":
      return kind.sum!;
    case "load": {
      const text = guarded(value.ref, converted(value.ref, lane, member, kind, scope), scope);
      return value.ref.isUnsigned ? `(${text} + ${unsignedOffset})` : text;
    }
    case "requantize": {
      const operands = [value.value, value.multiplier, value.shift]
        .map((each) => valueText(each, lane, kind, scope));
      return `requantize(${operands.join(", ")})`;
    }
    case "pair":
    case "use":
      throw new TypeError(`A value of kind ${value.kind} has no place in this expression`);
    case "binary": {
      const one = (which: number) =>
        applyOperator(
          value.op,
          valueText(value.left, lane, kind, scope, which),
          valueText(value.right, lane, kind, scope, which),
          dtype,
        );
      if (width.group === 1 || value.op !== "mul") return one(member);
      return Array.from({ length: width.members }, (_, which) => one(which))
        .reduce((sum, product) => applyOperator("add", sum, product, dtype));
    }
  }
}

/** An operation on two expressions, rounded or wrapped as its dtype is. */
export function applyOperator(op: BinaryOp, left: string, right: string, dtype: NestDtype): string {
  if (op === "min" || op === "max") return `Math.${op}(${left}, ${right})`;
  if (!isFloat(dtype)) {
    if (op === "shr") return `(${left} >> ${right})`;
    if (op === "mul") return `Math.imul(${left}, ${right})`;
    return `(${left} ${op === "add" ? "+" : "-"} ${right} | 0)`;
  }
  const plain = `${left} ${{ add: "+", sub: "-", mul: "*", shr: ">>" }[op]} ${right}`;
  return dtype === "f32" ? `Math.fround(${plain})` : `(${plain})`;
}

function guarded(ref: Ref, text: string, scope: ValueScope): string {
  if (ref.guards.length === 0) return text;
  const conditions = ref.guards.map((guard: Guard) =>
    `(${position(guard.offset, guard.strides, scope)}) >>> 0 < ${guard.extent}`
  );
  return `(${conditions.join(" && ")} ? ${text} : ${ref.outside})`;
}

// An int32 is rounded to a float32 before it is used.
function converted(
  ref: Ref,
  lane: number,
  member: number,
  { dtype }: Kind,
  scope: ValueScope,
): string {
  const text = element(ref, lane, member, scope);
  return dtype === "f32" && scope.dtypes.get(ref.buffer) === "i32" ? `Math.fround(${text})` : text;
}

/** An element of a buffer. */
export function element(ref: Ref, lane: number, member: number, scope: ValueScope): string {
  const offset = ref.offset + lane * ref.lane + member * ref.member;
  return `${ref.buffer}[${position(offset, ref.strides, scope)}]`;
}

/** An index as JavaScript and C write it; loops of the same stride first: `640 * (ti + i) + j`. */
export function position(
  offset: number,
  strides: Readonly<Record<string, number>>,
  { steps, nameOf = (loop) => loop }: Pick<ValueScope, "steps"> & {
    readonly nameOf?: (loop: string) => string;
  },
): string {
  const groups = new Map<number, string[]>();
  for (const [loop, stride] of Object.entries(strides)) {
    const step = steps.get(loop)!;
    const whole = stride % step === 0;
    const factor = whole ? stride / step : stride;
    const name = whole ? nameOf(loop) : `(${nameOf(loop)} / ${step})`;
    groups.set(factor, [...groups.get(factor) ?? [], name]);
  }
  const parts = [...groups].map(([factor, loops]) => {
    const sum = loops.join(" + ");
    return factor === 1 ? sum : `${factor} * ${loops.length === 1 ? sum : `(${sum})`}`;
  });
  if (offset !== 0 || parts.length === 0) parts.push(String(offset));
  return parts.join(" + ").replaceAll("+ -", "- ");
}
