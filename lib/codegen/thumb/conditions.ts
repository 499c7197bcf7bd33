import type { Local, Place, Value } from "../../kernel/kernel.ts";
import type { RegisterKind, RoutineItem, ThumbRegister } from "./ir.ts";

type Code = Extract<RoutineItem, { kind: "code" }>;

/** Where instructions go, and where variables live. */
export interface SelectContext {
  readonly emit: (item: Omit<Code, "kind" | "depth">) => void;
  readonly fresh: (kind?: RegisterKind) => ThumbRegister;
  /** Says that a register may not be any. */
  readonly restrict: (register: ThumbRegister, kind: RegisterKind) => void;
  readonly registerOf: (local: Local) => ThumbRegister;
  readonly load: (op: string, place: Place, to: ThumbRegister) => void;
}

/** A second operand: the registers that it takes, and how it is written. */
export type SecondOperand = {
  readonly registers: readonly ThumbRegister[];
  readonly text: (u: string) => string;
};

/** What chooses instructions for values, as those see it who do so for some kinds of them. */
export interface InstructionSelector extends Pick<SelectContext, "emit" | "restrict"> {
  /** Computes a value; into the register given, or wherever it is. */
  readonly value: (value: Value, wanted?: ThumbRegister) => ThumbRegister;
  readonly freshVector: () => ThumbRegister;
  readonly move: (to: ThumbRegister, from: ThumbRegister) => void;
  /** A constant, a register, or one shifted. */
  readonly operand: (value: Value) => SecondOperand;
}

/** Conditions, and those that hold when they do not. */
export const CONDITIONS: Readonly<Record<string, readonly [string, string]>> = {
  "i32.eq": ["eq", "ne"],
  "i32.ne": ["ne", "eq"],
  "i32.lt_s": ["lt", "ge"],
  "i32.ge_s": ["ge", "lt"],
  "i32.gt_s": ["gt", "le"],
  "i32.le_s": ["le", "gt"],
  "i32.lt_u": ["lo", "hs"],
  "i32.ge_u": ["hs", "lo"],
  "i32.gt_u": ["hi", "ls"],
  "i32.le_u": ["ls", "hi"],
};

/** Jumps if a condition holds, or unless it does. */
export function branch(
  select: InstructionSelector,
  condition: Value,
  { label, unless }: { readonly label: string; readonly unless: boolean },
): void {
  const { uses, compare, holds } = testOf(select, condition);
  const sign = holds[unless ? 1 : 0];
  select.emit({
    defs: [],
    uses,
    text: (_, u) => [compare(u), `b${sign} ${label}`],
    jumpsTo: label,
  });
}

/** Takes a step off a counter and jumps while it is above 0. */
export function countDown(
  select: InstructionSelector,
  register: ThumbRegister,
  { step, label }: { readonly step: number; readonly label: string },
): void {
  select.emit({
    defs: [register],
    uses: [register],
    text: ([d], [u]) => [`subs ${d}, ${u}, #${step}`],
  });
  // Loads and stores between them leave the flags as they are.
  select.emit({ defs: [], uses: [], text: () => [`bgt ${label}`], jumpsTo: label });
}

/** One of two values. */
export function chooseByCondition(
  select: InstructionSelector,
  [then, otherwise, condition]: readonly Value[],
  to: ThumbRegister,
): void {
  const [a, b] = [select.value(then), select.value(otherwise)];
  const { uses, compare, holds } = testOf(select, condition);
  select.emit({
    defs: [to],
    uses: [a, b, ...uses],
    text: ([d], [x, y, ...u]) => [
      compare(u),
      ...d === x
        ? []
        : d === y
        ? [`it ${holds[0]}`, `mov${holds[0]} ${d}, ${x}`]
        : [`ite ${holds[0]}`, `mov${holds[0]} ${d}, ${x}`, `mov${holds[1]} ${d}, ${y}`],
      ...d === x && d !== y ? [`it ${holds[1]}`, `mov${holds[1]} ${d}, ${y}`] : [],
    ],
  });
}

function testOf(select: InstructionSelector, condition: Value): {
  readonly uses: readonly ThumbRegister[];
  readonly compare: (u: readonly string[]) => string;
  readonly holds: readonly [string, string];
} {
  if (condition.kind === "op" && condition.op in CONDITIONS) {
    const left = select.value(condition.args[0]);
    const right = select.operand(condition.args[1]);
    return {
      uses: [left, ...right.registers],
      compare: ([a, b]) => `cmp ${a}, ${right.text(b)}`,
      holds: CONDITIONS[condition.op],
    };
  }
  const isZero = condition.kind === "op" && condition.op === "i32.eqz";
  const tested = select.value(isZero ? condition.args[0] : condition);
  return {
    uses: [tested],
    compare: ([a]) => `cmp ${a}, #0`,
    holds: isZero ? ["eq", "ne"] : ["ne", "eq"],
  };
}
