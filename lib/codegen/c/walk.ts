import type { Statement, Value } from "../../kernel/kernel.ts";

/** The values directly within a value. */
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

/** The values directly within a statement, those of statements in it left out. */
export function valuesOf(statement: Statement): readonly Value[] {
  switch (statement.kind) {
    case "set":
      return [statement.value];
    case "store":
      return [statement.place.address, statement.value];
    case "for":
      return [statement.from, statement.until];
    case "if":
      return [statement.condition];
    case "call":
      return statement.args;
    default:
      return [];
  }
}

/** The lists of statements within a statement. */
export function blocksOf(statement: Statement): readonly (readonly Statement[])[] {
  if (statement.kind === "for") return [statement.body];
  return statement.kind === "if" ? [statement.then, statement.otherwise] : [];
}

/** Calls `see` with every statement of a list, those within others too. */
export function forStatements(
  body: readonly Statement[],
  see: (statement: Statement) => void,
): void {
  for (const statement of body) {
    see(statement);
    for (const block of blocksOf(statement)) forStatements(block, see);
  }
}

/** Calls `see` with a value and everything within it. */
export function forValues(value: Value, see: (value: Value) => void): void {
  see(value);
  for (const operand of operandsOf(value)) forValues(operand, see);
}
