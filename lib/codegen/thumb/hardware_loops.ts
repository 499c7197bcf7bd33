import type { KernelCode, Local, Statement, Value } from "../../kernel/kernel.ts";
import { valuesOf, visitStatements, visitValue } from "../../kernel/parts.ts";
import type { Control, Fused } from "./fuse_accesses.ts";

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
