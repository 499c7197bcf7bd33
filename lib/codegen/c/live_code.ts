import type { KernelCode, Local, Statement, Value } from "../../kernel/kernel.ts";
import { operandsOf, valuesOf, visitStatements, visitValue } from "../../kernel/parts.ts";

/** A kernel without what nobody reads, and which of its parameters are left. */
export interface LiveCode {
  readonly kernel: KernelCode;
  /** For each parameter whether it is read. */
  readonly keeps: readonly boolean[];
}

/**
 * Drops variables that are set and never read: C compilers warn of them. `keepsOf` tells which
 * arguments a kernel called by name takes; null: all of them.
 */
export function liveCode(
  kernel: KernelCode,
  keepsOf: (callee: string) => readonly boolean[] | null,
): LiveCode {
  let body = kernel.body;
  for (;;) {
    const read = readsOf({ ...kernel, body }, keepsOf);
    const left = withoutDeadSets(body, read);
    if (left === null) {
      return {
        kernel: { ...kernel, body },
        keeps: kernel.parameters.map((each) => read.has(each)),
      };
    }
    body = left;
  }
}

function readsOf(
  { body, returns }: KernelCode,
  keepsOf: (callee: string) => readonly boolean[] | null,
): ReadonlySet<Local> {
  const read = new Set<Local>();
  const argumentsOf = (callee: string, args: readonly Value[]) => {
    const keeps = keepsOf(callee);
    return args.filter((_, i) => keeps?.[i] ?? true);
  };
  const see = (value: Value): void => {
    if (value.kind === "local") read.add(value.local);
    const inner = value.kind === "call" ? argumentsOf(value.callee, value.args) : operandsOf(value);
    inner.forEach(see);
  };
  visitStatements(body, (statement) => {
    if (statement.kind === "call") argumentsOf(statement.callee, statement.args).forEach(see);
    else valuesOf(statement).forEach(see);
    if (statement.kind === "for") read.add(statement.variable);
  });
  if (returns !== null) see(returns);
  return read;
}

/** The statements that are left; null if nothing is dropped. */
function withoutDeadSets(
  body: readonly Statement[],
  read: ReadonlySet<Local>,
): readonly Statement[] | null {
  let isSame = true;
  const inner = (statements: readonly Statement[]) => {
    const left = withoutDeadSets(statements, read);
    isSame &&= left === null;
    return left ?? statements;
  };
  const left = body.flatMap((statement): Statement[] => {
    switch (statement.kind) {
      case "set":
        isSame &&= read.has(statement.local);
        return read.has(statement.local) ? [statement] : [];
      case "for":
        return [{ ...statement, body: inner(statement.body) }];
      case "if": {
        const [then, otherwise] = [inner(statement.then), inner(statement.otherwise)];
        isSame &&= then.length + otherwise.length > 0;
        return then.length + otherwise.length > 0 ? [{ ...statement, then, otherwise }] : [];
      }
      default:
        return [statement];
    }
  });
  return isSame ? null : left;
}

/** C has no functions before they are declared, and no recursion is meant. */
export function calleesFirst(
  kernels: readonly KernelCode[],
  outside: ReadonlySet<string> = new Set(),
): readonly KernelCode[] {
  const named = new Map(kernels.map((kernel) => [kernel.name, kernel]));
  const ordered = new Set<KernelCode>();
  const open = new Set<KernelCode>();
  const visit = (kernel: KernelCode): void => {
    if (ordered.has(kernel)) return;
    if (open.has(kernel)) throw new TypeError(`kernel ${kernel.name} calls itself`);
    open.add(kernel);
    for (const callee of calleesOf(kernel)) {
      if (outside.has(callee)) continue;
      const called = named.get(callee);
      if (called === undefined) {
        throw new TypeError(`${kernel.name} calls ${callee}, which is none`);
      }
      visit(called);
    }
    ordered.add(kernel);
  };
  kernels.forEach(visit);
  return [...ordered];
}

/** The kernels that a kernel calls. */
export function calleesOf({ body, returns }: KernelCode): ReadonlySet<string> {
  const callees = new Set<string>();
  const see = (value: Value) =>
    visitValue(value, (each) => each.kind === "call" && callees.add(each.callee));
  visitStatements(body, (statement) => {
    valuesOf(statement).forEach(see);
    if (statement.kind === "call") callees.add(statement.callee);
  });
  if (returns !== null) see(returns);
  return callees;
}
