import { vectorParts } from "../../kernel/instruction.ts";
import type { KernelCode, Local, Statement, Value } from "../../kernel/kernel.ts";
import { bodiesOf, valuesOf, visitValue } from "../../kernel/parts.ts";
import {
  bare,
  printAccess,
  printSigned,
  printTest,
  printValue,
  type ValueContext,
} from "./print_value.ts";
import { cTypes } from "./vector_style.ts";

/**
 * The body of a kernel in C; variables get their names by `nameOf`, and loops around calls or loops
 * begin with `loop`, which tells a compiler how to treat them.
 */
export function printBody(
  kernel: KernelCode,
  context: ValueContext,
  { loop = "" }: { readonly loop?: string } = {},
): string {
  const { at, first } = declarations(kernel);
  const text = (value: Value) => bare(printValue(value, context));

  const lines = (statements: readonly Statement[], depth: number): string[] =>
    statements.flatMap((statement) => lineOf(statement, depth));

  function lineOf(statement: Statement, depth: number): string[] {
    const line = (content: string) => "  ".repeat(depth) + content;
    switch (statement.kind) {
      case "remark":
        return [line(`/* ${statement.text.replaceAll("*/", "* /")} */`)];
      case "barrier":
        return [];
      case "set":
        return [line(setText(statement))];
      case "call":
        return [line(`${context.callOf(statement.callee, statement.args)};`)];
      case "store": {
        const { op, place, value, lane } = statement;
        return [line(`${printAccess(op, place, { values: [value], lane }, context)};`)];
      }
      case "if": {
        const then = [
          line(`if (${printTest(statement.condition, context)}) {`),
          ...lines(statement.then, depth + 1),
        ];
        if (statement.otherwise.length === 0) return [...then, line("}")];
        return [...then, line("} else {"), ...lines(statement.otherwise, depth + 1), line("}")];
      }
      case "for":
        return [
          line(`${isOuter(statement.body) ? loop : ""}for (${loopText(statement)}) {`),
          ...lines(statement.body, depth + 1),
          line("}"),
        ];
    }
  }

  function setText(statement: Extract<Statement, { kind: "set" }>): string {
    const { local, value } = statement;
    const name = context.nameOf(local);
    if (at.has(statement)) return `${cTypes[local.type]} ${name} = ${text(value)};`;
    const isSum = value.kind === "op" && value.op === "i32.add" && isUse(value.args[0], local);
    if (!isSum) return `${name} = ${text(value)};`;
    const [, amount] = value.args;
    if (amount.kind === "constant" && Number(amount.value) < 0) {
      return `${name} -= ${text({ ...amount, value: -Number(amount.value) })};`;
    }
    return `${name} += ${text(amount)};`;
  }

  function loopText(loop: Extract<Statement, { kind: "for" }>): string {
    const { variable, from, until, step } = loop;
    const name = context.nameOf(variable);
    const start = isUse(from, variable)
      ? ""
      : `${at.has(loop) ? "uint32_t " : ""}${name} = ${text(from)}`;
    const use: Value = { kind: "local", type: "i32", local: variable };
    // Bounds that are known and not negative: compilers count turns best without casts.
    const isPlain = step > 0 && isNatural(from) && isNatural(until);
    const test = isPlain
      ? `${name} < ${printValue(until, context)}`
      : `${printSigned(use, context)} ${step >= 0 ? "<" : ">"} ${printSigned(until, context)}`;
    const next = step === 0 ? "" : step > 0 ? `${name} += ${step}u` : `${name} -= ${-step}u`;
    return `${start}; ${test}; ${next}`;
  }

  const zero = ({ type }: Local) => vectorParts(type) > 0 ? context.vectors.zero : "0";
  const returns = kernel.returns === null ? [] : [`  return ${text(kernel.returns)};`];
  return [
    ...first.map((local) => `  ${cTypes[local.type]} ${context.nameOf(local)} = ${zero(local)};`),
    ...lines(kernel.body, 1),
    ...returns,
  ].join("\n");
}

/** Whether there is more than straight code in a loop: calls or other loops. */
function isOuter(body: readonly Statement[]): boolean {
  return body.some((each) =>
    each.kind === "call" || each.kind === "for" || bodiesOf(each).some(isOuter)
  );
}

function isUse(value: Value, local: Local): boolean {
  return value.kind === "local" && value.local === local;
}

function isNatural(value: Value): boolean {
  return value.kind === "address" || value.kind === "constant" && Number(value.value) >= 0;
}

/** Where the variables of a function are declared. */
export interface Declarations {
  /** Statements that declare the variable that they set or count. */
  readonly at: ReadonlySet<Statement>;
  /** Variables that the function begins with, 0 as they are in WebAssembly. */
  readonly first: readonly Local[];
}

/**
 * Each variable is declared by the statement that sets it first, if that lies in a block around all
 * its other uses: in a loop it is then set anew in every turn. All others are declared up front.
 */
function declarations({ parameters, body, returns }: KernelCode): Declarations {
  const uses = new Map<Local, Use>();
  const use = (local: Local, path: Path, by: Statement | null) => {
    const known = uses.get(local);
    if (known === undefined) uses.set(local, { path, by });
    else if (!isWithin(path, known.path)) uses.set(local, { path: known.path, by: null });
  };
  const read = (value: Value, path: Path) =>
    visitValue(value, (each) => each.kind === "local" && use(each.local, path, null));

  const visit = (statements: readonly Statement[], path: Path): void => {
    for (const statement of statements) {
      const own = { block: statements, outer: path };
      if (statement.kind === "for") {
        // The test comes again in each turn, in the scope of the variable.
        const loop = { block: statement.body, outer: own };
        read(statement.from, own);
        use(statement.variable, loop, statement);
        read(statement.until, loop);
      } else {
        valuesOf(statement).forEach((value) => read(value, own));
        if (statement.kind === "set") use(statement.local, own, statement);
      }
      for (const block of bodiesOf(statement)) visit(block, own);
    }
  };
  visit(body, null);
  if (returns !== null) read(returns, { block: body, outer: null });
  const given = new Set(parameters);
  const own = [...uses].filter(([local]) => !given.has(local));
  return {
    at: new Set(own.flatMap(([, { by }]) => by === null ? [] : [by])),
    first: own.flatMap(([local, { by }]) => by === null ? [local] : []),
  };
}

/** A block, and the blocks around it. */
type Path = { readonly block: readonly Statement[]; readonly outer: Path } | null;

interface Use {
  /** The block of the first use. */
  readonly path: Path;
  /** The statement that may declare the variable; null: none may. */
  readonly by: Statement | null;
}

function isWithin(path: Path, around: Path): boolean {
  for (let each = path; each !== null; each = each.outer) {
    if (each.block === around?.block) return true;
  }
  return around === null;
}
