import ts from "typescript";

/** Which files of tests run which functions of the library. */
export interface Covering {
  readonly tests: readonly string[];
  /** Sets of tests, a bit for each, the first in the lowest of the first byte; in base64. */
  readonly sets: readonly string[];
  /** Of each file the functions that any test runs, and by which set of tests. */
  readonly functions: Readonly<Record<string, Readonly<Record<string, number>>>>;
}

/** What V8 says of a script: how often the ranges of each function ran, the whole of it first. */
export interface ScriptCoverage {
  readonly url: string;
  readonly functions: readonly {
    readonly functionName: string;
    readonly ranges: readonly { readonly count: number }[];
  }[];
}

/** Paths of files of the library and the functions in them that ran. */
export function functionsThatRan(
  scripts: readonly ScriptCoverage[],
  root: string,
): ReadonlyMap<string, ReadonlySet<string>> {
  const lib = `${root}lib/`;
  return new Map(
    scripts.filter(({ url }) => url.startsWith(lib)).map(({ url, functions }) => [
      url.slice(root.length),
      new Set(
        functions.filter(({ functionName: name, ranges: [{ count }] }) => name !== "" && count > 0)
          .map(({ functionName }) => functionName),
      ),
    ]),
  );
}

/** Puts together what ran in each file of tests. */
export function coveringOf(
  ran: ReadonlyMap<string, ReadonlyMap<string, ReadonlySet<string>>>,
): Covering {
  const tests = [...ran.keys()].sort();
  const bits = new Map<string, Map<string, Uint8Array>>();
  tests.forEach((test, index) => {
    for (const [path, names] of ran.get(test)!) {
      const own = bits.get(path) ?? new Map<string, Uint8Array>();
      bits.set(path, own);
      for (const name of names) {
        const set = own.get(name) ?? new Uint8Array(Math.ceil(tests.length / 8));
        own.set(name, set);
        set[index >> 3] |= 1 << (index & 7);
      }
    }
  });
  const sets = new Map<string, number>();
  const functions: Record<string, Record<string, number>> = {};
  for (const [path, own] of [...bits].sort(([a], [b]) => a < b ? -1 : 1)) {
    functions[path] = {};
    for (const [name, set] of [...own].sort(([a], [b]) => a < b ? -1 : 1)) {
      const text = set.toBase64();
      if (!sets.has(text)) sets.set(text, sets.size);
      functions[path][name] = sets.get(text)!;
    }
  }
  return { tests, sets: [...sets.keys()], functions };
}

/** The tests that run a function; none if nothing is known of it. */
export function coveringTests(
  { tests, sets, functions }: Covering,
  { path, name }: { readonly path: string; readonly name: string },
): ReadonlySet<string> {
  const own = functions[path];
  if (own === undefined || !Object.hasOwn(own, name)) return new Set();
  const bits = Uint8Array.fromBase64(sets[own[name]]);
  return new Set(tests.filter((_, index) => bits[index >> 3] & 1 << (index & 7)));
}

/** The name that V8 gives to the innermost function with a name around a place; "" at the top of a file. */
export function enclosingFunction(source: string, offset: number): string {
  const file = ts.createSourceFile("a.ts", source, ts.ScriptTarget.Latest, true);
  let found = "";
  const visit = (node: ts.Node): void => {
    if (offset < node.pos || offset >= node.end) return;
    found = nameOf(node) ?? found;
    ts.forEachChild(node, visit);
  };
  visit(file);
  return found;
}

function nameOf(node: ts.Node): string | undefined {
  if (ts.isConstructorDeclaration(node)) return node.parent.name?.text;
  if (ts.isFunctionDeclaration(node) || ts.isMethodDeclaration(node)) return node.name?.getText();
  if (ts.isGetAccessor(node)) return `get ${node.name.getText()}`;
  if (!ts.isArrowFunction(node) && !ts.isFunctionExpression(node)) return undefined;
  const { parent } = node;
  const isNamed = (ts.isVariableDeclaration(parent) || ts.isPropertyAssignment(parent)) &&
    parent.initializer === node;
  return isNamed ? parent.name.getText() : undefined;
}
