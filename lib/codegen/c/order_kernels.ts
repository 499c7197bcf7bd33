import type { KernelCode, Value } from "../../kernel/kernel.ts";
import { forStatements, forValues, valuesOf } from "./walk.ts";

/** C has no functions before they are declared, and no recursion is meant. */
export function calleesFirst(kernels: readonly KernelCode[]): readonly KernelCode[] {
  const named = new Map(kernels.map((kernel) => [kernel.name, kernel]));
  const ordered = new Set<KernelCode>();
  const open = new Set<KernelCode>();
  const visit = (kernel: KernelCode): void => {
    if (ordered.has(kernel)) return;
    if (open.has(kernel)) throw new TypeError(`kernel ${kernel.name} calls itself`);
    open.add(kernel);
    for (const callee of calleesOf(kernel)) {
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
    forValues(value, (each) => each.kind === "call" && callees.add(each.callee));
  forStatements(body, (statement) => {
    valuesOf(statement).forEach(see);
    if (statement.kind === "call") callees.add(statement.callee);
  });
  if (returns !== null) see(returns);
  return callees;
}
