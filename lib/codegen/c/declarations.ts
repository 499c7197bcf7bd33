import type { KernelCode, Local, Statement, Value } from "../../kernel/kernel.ts";
import { bodiesOf, valuesOf, visitValue } from "../../kernel/parts.ts";

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
export function declarations({ parameters, body, returns }: KernelCode): Declarations {
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
