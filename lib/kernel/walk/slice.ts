import type { KernelCode, Local, Statement, Value } from "../kernel.ts";
import { operandsOf, valuesOf, visitStatements, visitValue } from "../parts.ts";

/** A backward slice: what some values of kernels are computed from, through calls in both directions. */
export interface Slice {
  readonly locals: ReadonlySet<Local>;
  /** Kernels whose result belongs to it. */
  readonly results: ReadonlySet<string>;
}

/** What `roots` of the kernels are computed from. */
export function sliceOf(
  kernels: readonly KernelCode[],
  roots: (kernel: KernelCode) => readonly Value[],
): Slice {
  const definitions = new Map<Local, Value[]>();
  const returns = new Map(kernels.map((kernel) => [kernel.name, kernel.returns]));
  const parameters = new Map(kernels.map((kernel) => [kernel.name, kernel.parameters]));
  const define = (local: Local, value: Value) => {
    const known = definitions.get(local);
    if (known === undefined) definitions.set(local, [value]);
    else known.push(value);
  };
  const call = (callee: string, args: readonly Value[]) => {
    parameters.get(callee)?.forEach((parameter, i) => define(parameter, args[i]));
  };
  for (const kernel of kernels) {
    visitStatements(kernel.body, (statement) => {
      if (statement.kind === "set") define(statement.local, statement.value);
      if (statement.kind === "for") define(statement.variable, statement.from);
      if (statement.kind === "call") call(statement.callee, statement.args);
    });
    visitValues(kernel, (value) => {
      if (value.kind === "call") call(value.callee, value.args);
    });
  }

  const locals = new Set<Local>();
  const results = new Set<string>();
  function mark(value: Value): void {
    if (value.kind === "local") {
      if (locals.has(value.local)) return;
      locals.add(value.local);
      definitions.get(value.local)?.forEach(mark);
    } else if (value.kind === "call") {
      // What its parameters are for is seen when they turn out to belong.
      if (results.has(value.callee)) return;
      results.add(value.callee);
      const returned = returns.get(value.callee);
      if (returned) mark(returned);
    } else {
      operandsOf(value).forEach(mark);
    }
  }
  for (const kernel of kernels) roots(kernel).forEach(mark);
  return { locals, results };
}

/** Values that decide what is executed: bounds of loops, conditions. */
export function controlOf({ body, returns }: Pick<KernelCode, "body" | "returns">): Value[] {
  const roots: Value[] = [];
  const visitIfs = (value: Value) =>
    visitValue(value, (each) => {
      if (each.kind === "if" && decides(each)) roots.push(each.condition);
    });
  visitStatements(body, (statement) => {
    valuesOf(statement).forEach(visitIfs);
    if (statement.kind === "for") roots.push(statement.from, statement.until);
    if (statement.kind === "if") roots.push(statement.condition);
  });
  if (returns !== null) visitIfs(returns);
  return roots;
}

/** Whether it makes a difference to what is executed which of two values is taken. */
export function decides({ then, otherwise }: Extract<Value, { kind: "if" }>): boolean {
  return [then, otherwise].some((value) => ["op", "load", "call", "if"].includes(value.kind));
}

/** Where kernels access memory. */
export function addressesOf(kernel: KernelCode): Value[] {
  const addresses: Value[] = [];
  visitStatements(kernel.body, (statement) => {
    if (statement.kind === "store") addresses.push(statement.place.address);
  });
  visitValues(kernel, (value) => {
    if (value.kind === "load") addresses.push(value.place.address);
  });
  return addresses;
}

/** Variables in which addresses are kept, or what they are computed from. */
export function addressLocals(kernels: readonly KernelCode[]): ReadonlySet<Local> {
  return sliceOf(kernels, addressesOf).locals;
}

function visitValues({ body, returns }: KernelCode, visit: (value: Value) => void): void {
  visitStatements(body, (statement: Statement) => {
    for (const value of valuesOf(statement)) visitValue(value, visit);
  });
  if (returns !== null) visitValue(returns, visit);
}
