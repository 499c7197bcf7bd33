import type { Local, Statement, Value } from "../kernel.ts";
import { localsIn, operandsOf, valuesOf, visitStatements, visitValue } from "../parts.ts";
import { controlOf, type Slice } from "./walk_context.ts";

type Loop = Extract<Statement, { kind: "for" }>;

/** A loop every pass of which executes the same, so that one of them tells all. */
export interface RepeatedLoop {
  /** Variables that a pass moves by a constant, and that matter behind the loop. */
  readonly moves: readonly { readonly local: Local; readonly by: number }[];
}

/** What of a loop's body decides what its passes execute. */
interface LoopSlice {
  readonly locals: ReadonlySet<Local>;
  readonly definitions: ReadonlyMap<Local, readonly Value[]>;
}

/**
 * A loop as one whose passes all execute the same; null if they may differ. They are the same if
 * whatever decides in them is computed anew in each pass, from nothing that a pass changes.
 *
 * @param wanted Variables and results that decide what is executed anywhere.
 * @param argumentsWanted Which arguments of a kernel do.
 */
export function repeatedLoop(
  loop: Loop,
  { wanted, argumentsWanted }: {
    readonly wanted: Slice;
    readonly argumentsWanted: (callee: string) => readonly boolean[];
  },
): RepeatedLoop | null {
  const { variable, until, body } = loop;
  const slice = sliceOfBody(body, argumentsWanted);
  const { definitions } = slice;
  if (definitions.has(variable) || slice.locals.has(variable)) return null;
  if (holdsCall(until)) return null;
  if (localsIn(until).some((local) => local === variable || definitions.has(local))) return null;
  if (carries(body, slice, { argumentsWanted, assigned: new Set() })) return null;
  const moves: { local: Local; by: number }[] = [];
  for (const [local, values] of definitions) {
    if (!wanted.locals.has(local) || slice.locals.has(local)) continue;
    const by = values.length === 1 ? stepOf(local, values[0]) : null;
    const isPlain = body.some((each) => each.kind === "set" && each.local === local);
    if (by === null || !isPlain) return null;
    moves.push({ local, by });
  }
  return { moves };
}

function sliceOfBody(
  body: readonly Statement[],
  argumentsWanted: (callee: string) => readonly boolean[],
): LoopSlice {
  const definitions = new Map<Local, Value[]>();
  const roots = controlOf({ body, returns: null });
  const define = (local: Local, value: Value) => {
    definitions.set(local, [...definitions.get(local) ?? [], value]);
  };
  visitStatements(body, (statement) => {
    if (statement.kind === "set") define(statement.local, statement.value);
    if (statement.kind === "for") define(statement.variable, statement.from);
    roots.push(...calledWith(statement, argumentsWanted));
  });
  const locals = new Set<Local>();
  const mark = (value: Value): void => {
    if (value.kind !== "local") return operandsOf(value).forEach(mark);
    if (locals.has(value.local)) return;
    locals.add(value.local);
    definitions.get(value.local)?.forEach(mark);
  };
  roots.forEach(mark);
  return { locals, definitions };
}

/** Arguments of calls in a statement that decide what the callee executes. */
function calledWith(
  statement: Statement,
  argumentsWanted: (callee: string) => readonly boolean[],
): readonly Value[] {
  const found: Value[] = [];
  const add = (callee: string, args: readonly Value[]) => {
    const wanted = argumentsWanted(callee);
    found.push(...args.filter((_, i) => wanted[i]));
  };
  if (statement.kind === "call") add(statement.callee, statement.args);
  for (const value of valuesOf(statement)) {
    visitValue(value, (each) => {
      if (each.kind === "call") add(each.callee, each.args);
    });
  }
  return found;
}

/** Whether something that decides is read before the pass has given it a value, but given one later. */
function carries(
  body: readonly Statement[],
  slice: LoopSlice,
  { argumentsWanted, assigned }: {
    readonly argumentsWanted: (callee: string) => readonly boolean[];
    readonly assigned: Set<Local>;
  },
): boolean {
  const isCarried = (value: Value) =>
    localsIn(value).some((local) => slice.definitions.has(local) && !assigned.has(local));
  const inside = (statements: readonly Statement[], own: Set<Local>) =>
    carries(statements, slice, { argumentsWanted, assigned: own });
  for (const statement of body) {
    const decisive = [
      ...controlOf({ body: [shallow(statement)], returns: null }),
      ...calledWith(statement, argumentsWanted),
    ];
    if (decisive.some(isCarried)) return true;
    switch (statement.kind) {
      case "set":
        if (slice.locals.has(statement.local) && isCarried(statement.value)) return true;
        assigned.add(statement.local);
        break;
      case "for":
        assigned.add(statement.variable);
        if (inside(statement.body, new Set(assigned))) return true;
        break;
      case "if": {
        const [then, otherwise] = [new Set(assigned), new Set(assigned)];
        if (inside(statement.then, then) || inside(statement.otherwise, otherwise)) return true;
        for (const local of then) if (otherwise.has(local)) assigned.add(local);
      }
    }
  }
  return false;
}

/** A statement without those in it; a loop's bound may read the loop's own variable. */
function shallow(statement: Statement): Statement {
  if (statement.kind === "for") return { ...statement, body: [] };
  return statement.kind === "if" ? { ...statement, then: [], otherwise: [] } : statement;
}

/** The constant by which a set moves a variable; null: it does something else. */
function stepOf(local: Local, value: Value): number | null {
  if (value.kind !== "op" || !["i32.add", "i32.sub"].includes(value.op)) return null;
  const [own, by] = value.args;
  if (own.kind !== "local" || own.local !== local || by.kind !== "constant") return null;
  return value.op === "i32.add" ? Number(by.value) : -Number(by.value);
}

function holdsCall(value: Value): boolean {
  return value.kind === "call" || operandsOf(value).some(holdsCall);
}
