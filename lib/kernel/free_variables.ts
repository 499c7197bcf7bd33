import type { Local, Statement, Value } from "./kernel.ts";

/**
 * Variables that statements may read before they set them, in the order in which they meet them:
 * what must be given to statements that become a kernel of their own.
 */
export function freeVariables(statements: readonly Statement[]): Local[] {
  const free = new Set<Local>();
  readBefore(statements, new Set(), free);
  return [...free];
}

/** Variables that statements set, the variables of loops among them. */
export function variablesSet(statements: readonly Statement[]): Set<Local> {
  const found = new Set<Local>();
  const visit = (statement: Statement): void => {
    if (statement.kind === "set") found.add(statement.local);
    if (statement.kind === "for") found.add(statement.variable);
    bodiesOf(statement).forEach((body) => body.forEach(visit));
  };
  statements.forEach(visit);
  return found;
}

function bodiesOf(statement: Statement): (readonly Statement[])[] {
  if (statement.kind === "for") return [statement.body];
  return statement.kind === "if" ? [statement.then, statement.otherwise] : [];
}

/** Adds to `free` what is read before it is set; gives what is set for certain behind. */
function readBefore(
  statements: readonly Statement[],
  before: ReadonlySet<Local>,
  free: Set<Local>,
): Set<Local> {
  const set = new Set(before);
  const read = (value: Value): void => {
    for (const local of variablesIn(value)) if (!set.has(local)) free.add(local);
  };
  for (const statement of statements) {
    switch (statement.kind) {
      case "remark":
        break;
      case "set":
        read(statement.value);
        set.add(statement.local);
        break;
      case "store":
        read(statement.place.address);
        read(statement.value);
        break;
      case "call":
        statement.args.forEach(read);
        break;
      case "barrier":
        read(statement.threads);
        break;
      case "if": {
        read(statement.condition);
        const then = readBefore(statement.then, set, free);
        const otherwise = readBefore(statement.otherwise, set, free);
        for (const local of then) if (otherwise.has(local)) set.add(local);
        break;
      }
      case "for": {
        read(statement.from);
        set.add(statement.variable);
        const body = readBefore(statement.body, set, free);
        // Without a test at the start the bound is computed behind the body only.
        if (statement.atLeastOnce) body.forEach((local) => set.add(local));
        read(statement.until);
      }
    }
  }
  return set;
}

function variablesIn(value: Value): Local[] {
  switch (value.kind) {
    case "constant":
    case "bytes":
    case "address":
      return [];
    case "local":
      return [value.local];
    case "load":
      return variablesIn(value.place.address);
    case "if":
      return [value.condition, value.then, value.otherwise].flatMap(variablesIn);
    case "call":
    case "op":
      return value.args.flatMap(variablesIn);
  }
}
