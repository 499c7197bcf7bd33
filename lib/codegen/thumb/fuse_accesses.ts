import type { KernelCode, Local, Place, Statement, Value } from "../../kernel/kernel.ts";
import { valuesOf, visitStatements, visitValue } from "../../kernel/parts.ts";
import { accessForm, mayMove } from "./ir.ts";

/** A statement, or accesses that one instruction does. */
export type Fused = Exclude<Statement, { kind: "for" | "if" }> | Control | FusedAccess;

/** A loop or branch whose statements are fused too. */
export type Control =
  | (Omit<Extract<Statement, { kind: "for" }>, "body" | "step"> & {
    readonly body: readonly Fused[];
    /** 0: the body moves the variable on. */
    readonly step: number;
    /** By how much the variable changes in a turn. */
    readonly sign: number;
  })
  | (Omit<Extract<Statement, { kind: "if" }>, "then" | "otherwise"> & {
    readonly then: readonly Fused[];
    readonly otherwise: readonly Fused[];
  });

/** A word, or two next to each other, loaded or stored; the pointer may move on behind. */
export interface FusedAccess {
  readonly kind: "access";
  readonly isLoad: boolean;
  readonly op: string;
  readonly place: Place;
  /** Variables that are loaded. */
  readonly to: readonly Local[];
  /** Values that are stored. */
  readonly from: readonly Value[];
  /** Bytes by which the pointer, a variable, moves on behind the access. */
  readonly moves: number;
}

/**
 * Fuses accesses that follow each other: two words next to each other where their place is known to be
 * a multiple of 4 (`LDRD` faults elsewhere), and an access with moving its pointer on.
 */
export function fuseAccesses(statements: readonly Statement[]): readonly Fused[] {
  const fused: Fused[] = [];
  for (let i = 0; i < statements.length; i++) {
    const statement = statements[i];
    if (statement.kind === "for") {
      fused.push(loop(statement));
      continue;
    }
    if (statement.kind === "if") {
      const { then, otherwise } = statement;
      fused.push({ ...statement, then: fuseAccesses(then), otherwise: fuseAccesses(otherwise) });
      continue;
    }
    const first = accessOf(statement);
    if (first === null) {
      fused.push(statement);
      continue;
    }
    const second = i + 1 < statements.length ? accessOf(statements[i + 1]) : null;
    const isPair = second !== null && areNeighbours(first, second);
    const access = isPair
      ? { ...first, to: [...first.to, ...second.to], from: [...first.from, ...second.from] }
      : first;
    if (isPair) i++;
    const moves = i + 1 < statements.length ? moveOf(statements[i + 1], access) : 0;
    if (moves !== 0) i++;
    fused.push({ ...access, moves });
  }
  return fused;
}

/** A loop over a pointer: the first access through it moves it on. */
function loop(statement: Extract<Statement, { kind: "for" }>): Control {
  const { variable, step, body } = statement;
  const moved = movedEarly(variable, step, body);
  return {
    ...statement,
    body: fuseAccesses(moved ?? body),
    step: moved === null ? step : 0,
    sign: step,
  };
}

function movedEarly(
  variable: Local,
  step: number,
  body: readonly Statement[],
): readonly Statement[] | null {
  if (step === 0) return null;
  const first = body.findIndex((each) => pointerOf(each) === variable);
  if (first === -1 || placeOf(body[first])!.offsetBytes !== 0) return null;
  const form = accessForm(accessOf(body[first])!.op, placeOf(body[first])!);
  if (form === null || !mayMove(form, step)) return null;
  const second = body[first + 1];
  const [one, two] = [accessOf(body[first]), second === undefined ? null : accessOf(second)];
  const last = one !== null && two !== null && areNeighbours(one, two) ? first + 1 : first;
  const isOther = (statement: Statement, i: number) => (
    statement.kind === "for" || statement.kind === "if" ||
    countUses(statement, variable) !== (pointerOf(statement) === variable ? 1 : 0) ||
    i < first && countUses(statement, variable) > 0
  );
  if (body.some(isOther)) return null;
  const use: Value = { kind: "local", type: "i32", local: variable };
  const by: Value = { kind: "constant", type: "i32", value: step };
  const move: Statement = {
    kind: "set",
    local: variable,
    value: { kind: "op", type: "i32", op: "i32.add", args: [use, by], lanes: [] },
  };
  const behind = (statement: Statement): Statement => {
    if (pointerOf(statement) !== variable) return statement;
    const place = placeOf(statement)!;
    const moved = { ...place, offsetBytes: place.offsetBytes - step };
    if (statement.kind === "store") return { ...statement, place: moved };
    if (statement.kind !== "set" || statement.value.kind !== "load") return statement;
    return { ...statement, value: { ...statement.value, place: moved } };
  };
  return [...body.slice(0, last + 1), move, ...body.slice(last + 1).map(behind)];
}

function accessOf(statement: Statement): FusedAccess | null {
  if (statement.kind === "set" && statement.value.kind === "load") {
    const { op, place } = statement.value;
    return { kind: "access", isLoad: true, op, place, to: [statement.local], from: [], moves: 0 };
  }
  if (statement.kind !== "store" || statement.lane !== null) return null;
  const { op, place, value } = statement;
  return { kind: "access", isLoad: false, op, place, to: [], from: [value], moves: 0 };
}

function areNeighbours(first: FusedAccess, second: FusedAccess): boolean {
  const { place: a, place: { address }, op } = first;
  const b = second.place;
  if (op !== second.op || op !== (first.isLoad ? "i32.load" : "i32.store")) return false;
  if (address.kind !== "local" || b.address.kind !== "local") return false;
  if (address.local !== b.address.local || a.isIndex || b.isIndex) return false;
  const isWord = (a.alignmentBytes ?? 1) % 4 === 0 && a.offsetBytes % 4 === 0;
  if (!isWord || b.offsetBytes !== a.offsetBytes + 4 || Math.abs(a.offsetBytes) > 1016) {
    return false;
  }
  if (first.isLoad) return first.to[0] !== address.local && first.to[0] !== second.to[0];
  return true;
}

function moveOf(statement: Statement, { op, place, to }: FusedAccess): number {
  const { address, offsetBytes, isIndex } = place;
  if (address.kind !== "local" || isIndex || offsetBytes !== 0) return 0;
  if (to.includes(address.local)) return 0;
  if (statement.kind !== "set" || statement.local !== address.local) return 0;
  const { value } = statement;
  if (value.kind !== "op" || value.op !== "i32.add") return 0;
  const [pointer, by] = value.args;
  if (pointer.kind !== "local" || pointer.local !== address.local) return 0;
  const form = accessForm(op, place);
  if (by.kind !== "constant" || form === null || !mayMove(form, Number(by.value))) return 0;
  return Number(by.value);
}

function placeOf(statement: Statement): Place | null {
  return accessOf(statement)?.place ?? null;
}

function pointerOf(statement: Statement): Local | null {
  const place = placeOf(statement);
  if (place === null || place.isIndex || place.address.kind !== "local") return null;
  return place.address.local;
}

function countUses(statement: Statement, local: Local): number {
  const inValue = (value: Value): number => {
    switch (value.kind) {
      case "local":
        return value.local === local ? 1 : 0;
      case "op":
      case "call":
        return value.args.reduce((sum, each) => sum + inValue(each), 0);
      case "load":
        return inValue(value.place.address);
      case "if":
        return inValue(value.condition) + inValue(value.then) + inValue(value.otherwise);
      default:
        return 0;
    }
  };
  switch (statement.kind) {
    case "set":
      return inValue(statement.value) + (statement.local === local ? 1 : 0);
    case "store":
      return inValue(statement.place.address) + inValue(statement.value);
    case "call":
      return statement.args.reduce((sum, each) => sum + inValue(each), 0);
    default:
      return 0;
  }
}

/** Whether a kernel computes with vectors. */
export function usesVectors({ body }: KernelCode): boolean {
  let found = false;
  visitStatements(
    body,
    (statement) =>
      valuesOf(statement).forEach((value) =>
        visitValue(value, (each) => {
          if (each.type === "v128") found = true;
        })
      ),
  );
  return found;
}

/** Whether a loop counts down to 0 by 1 what nobody reads, with no loop or branch in it. */
export function countsInHardware(
  { variable, step, until, body }: Extract<Control, { kind: "for" }>,
): boolean {
  return step === -1 && until.kind === "constant" && until.value === 0 &&
    body.every((each) => each.kind !== "for" && each.kind !== "if" && !uses(each, variable));
}

function uses(statement: Exclude<Fused, Control>, local: Local): boolean {
  let found = false;
  const see = (value: Value) =>
    visitValue(value, (each) => {
      if (each.kind === "local" && each.local === local) found = true;
    });
  if (statement.kind !== "access") valuesOf(statement as Statement).forEach(see);
  else [statement.place.address, ...statement.from].forEach(see);
  return found;
}
