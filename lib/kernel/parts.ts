import type { Local, Statement, Value } from "./kernel.ts";

/** Values from which a value is computed, in the order in which they are. */
export function operandsOf(value: Value): readonly Value[] {
  switch (value.kind) {
    case "op":
    case "call":
      return value.args;
    case "load":
      return [value.place.address];
    case "if":
      return [value.condition, value.then, value.otherwise];
    default:
      return [];
  }
}

/** Values that a statement itself computes, without those of the statements in it. */
export function valuesOf(statement: Statement): readonly Value[] {
  switch (statement.kind) {
    case "set":
      return [statement.value];
    case "store":
      return [statement.place.address, statement.value];
    case "for":
      return goesOn(statement) ? [statement.until] : [statement.from, statement.until];
    case "if":
      return [statement.condition];
    case "call":
      return statement.args;
    case "barrier":
      return [statement.threads];
    case "remark":
      return [];
  }
}

/** Statements in a statement. */
export function bodiesOf(statement: Statement): readonly (readonly Statement[])[] {
  if (statement.kind === "for") return [statement.body];
  return statement.kind === "if" ? [statement.then, statement.otherwise] : [];
}

/** Whether a loop starts from what its variable holds. */
export function goesOn({ from, variable }: Extract<Statement, { kind: "for" }>): boolean {
  return from.kind === "local" && from.local === variable;
}

/**
 * Whether a loop ends when its variable, which nothing but the loop changes, gets to zero: then its
 * tests behind the body need not compare.
 */
export function fallsToZero(loop: Extract<Statement, { kind: "for" }>): boolean {
  const { variable, until, step, atLeastOnce, body } = loop;
  return step === -1 && atLeastOnce && until.kind === "constant" && until.value === 0 &&
    !changes(body, variable);
}

/** Whether statements set a variable. */
function changes(statements: readonly Statement[], variable: Local): boolean {
  for (const statement of statements) {
    switch (statement.kind) {
      case "set":
        if (statement.local === variable) return true;
        break;
      case "for":
        if (statement.variable === variable || changes(statement.body, variable)) return true;
        break;
      case "if":
        if (changes(statement.then, variable) || changes(statement.otherwise, variable)) {
          return true;
        }
    }
  }
  return false;
}

/** Variables that statements set, the variables of loops among them. */
export function variablesSet(statements: readonly Statement[]): Set<Local> {
  const found = new Set<Local>();
  visitStatements(statements, (statement) => {
    if (statement.kind === "set") found.add(statement.local);
    if (statement.kind === "for") found.add(statement.variable);
  });
  return found;
}

/** Calls `visit` for statements and those in them, outer ones first. */
export function visitStatements(
  statements: readonly Statement[],
  visit: (statement: Statement) => void,
): void {
  for (const statement of statements) {
    visit(statement);
    for (const body of bodiesOf(statement)) visitStatements(body, visit);
  }
}

/** Calls `visit` for a value and all from which it is computed. */
export function visitValue(value: Value, visit: (value: Value) => void): void {
  visit(value);
  for (const operand of operandsOf(value)) visitValue(operand, visit);
}

/** Variables that a value reads. */
export function localsIn(value: Value): readonly Local[] {
  const locals: Local[] = [];
  visitValue(value, (each) => {
    if (each.kind === "local") locals.push(each.local);
  });
  return locals;
}

/**
 * Variables that statements may read before they set them, in the order in which they meet them:
 * what must be given to statements that become a kernel of their own.
 */
export function freeVariables(statements: readonly Statement[]): Local[] {
  const free = new Set<Local>();
  readBefore(statements, new Set(), free);
  return [...free];
}

/** Adds to `free` what is read before it is set; gives what is set for certain behind. */
function readBefore(
  statements: readonly Statement[],
  before: ReadonlySet<Local>,
  free: Set<Local>,
): Set<Local> {
  const set = new Set(before);
  const read = (value: Value): void => readValue(value, set, free);
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

/** Adds to `free` what a value reads that is not set. */
function readValue(value: Value, set: ReadonlySet<Local>, free: Set<Local>): void {
  if (value.kind === "local") {
    if (!set.has(value.local)) free.add(value.local);
    return;
  }
  for (const operand of operandsOf(value)) readValue(operand, set, free);
}
