import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";

const root = new URL("../", import.meta.url);
const lib = new URL("../lib/", import.meta.url);

/** Programs and workers: what starts here reaches all of the library. */
const ROOTS = [
  "mod.ts",
  "lib/cli/main.ts",
  "lib/tinynas/worker.ts",
  "lib/tinynas/supernet/team_worker.ts",
  "lib/tinynas/compare/arm_worker.ts",
  "lib/workers/task_thread.ts",
];

const MOST_FILES = 833;
const MOST_LINES = 250;
const MOST_FUNCTION_LINES = 80;

const SPECIFICATION = "a Vega-Lite specification, whose parts say nothing alone";
const KERNEL = "code of one kernel, in the order in which it runs";

/** Functions that may be longer, and why. */
const LONG_FUNCTIONS: Readonly<Record<string, string>> = {
  chartAccuracy: SPECIFICATION,
  chartActivations: SPECIFICATION,
  chartFrontier: SPECIFICATION,
  chartLadder: SPECIFICATION,
  chartMemory: SPECIFICATION,
  chartRoofline: SPECIFICATION,
  chartSegment: SPECIFICATION,
  chartSpaceCdfs: SPECIFICATION,
  chartSpeedup: SPECIFICATION,
  chartTiles: SPECIFICATION,
  expandLoop: "the cases of one loop share all that is known of it",
  depthwiseInt8: KERNEL,
  additionScalar: KERNEL,
  weightedScalar: KERNEL,
  ringSizes: "a table of sizes filled in one walk",
  findNetwork: "the stages of a search that can be resumed between any two",
  floatModel: "one operator after the other",
  tuneAll: "the stages of a tuning in order",
};

Deno.test("no file of the library imports itself, not even by way of types", async () => {
  const imports = new Map<string, readonly string[]>();
  for (const start of ROOTS) {
    for (const [file, list] of await importsFrom(start)) imports.set(file, list);
  }
  assert.deepEqual(cyclesOf(imports), []);
});

Deno.test(`the library has at most ${MOST_FILES} files beside one for each operator`, async () => {
  const others = [...(await libraryFiles()).keys()].filter((path) => !path.includes("/operators/"));
  assert.ok(others.length <= MOST_FILES, `${others.length} files, needed at most ${MOST_FILES}`);
});

Deno.test(`no file of the library is longer than ${MOST_LINES} lines`, async () => {
  const long: string[] = [];
  for (const [path, lines] of await libraryFiles()) {
    // Lists of all operators are written by a program.
    if (path.endsWith("/registry.ts")) continue;
    if (lines.length > MOST_LINES) long.push(`${path}: ${lines.length}`);
  }
  assert.deepEqual(long, []);
});

Deno.test(`no function is longer than ${MOST_FUNCTION_LINES} lines but those with a reason`, async () => {
  const long = new Set<string>();
  for (const [, lines] of await libraryFiles()) {
    for (const { name, length } of functionsOf(lines)) {
      if (length > MOST_FUNCTION_LINES) long.add(name);
    }
  }
  assert.deepEqual([...long].sort(), Object.keys(LONG_FUNCTIONS).sort());
});

Deno.test("a function's lines are counted from its head to its brace", () => {
  const text =
    "function a(\n  b: number,\n): void {\n  if (b) {\n  }\n}\n\nclass C {\n  d() {\n  }\n}";
  assert.deepEqual(functionsOf(text.split("\n")), [
    { name: "a", length: 6 },
    { name: "d", length: 2 },
  ]);
});

Deno.test("a cycle is found in whichever order its files come", () => {
  const imports = new Map([["a", ["b"]], ["b", ["c"]], ["c", ["b"]], ["d", ["a"]]]);
  assert.deepEqual(cyclesOf(imports), [["b", "c"]]);
  assert.deepEqual(cyclesOf(new Map([...imports].reverse())), [["b", "c"]]);
});

async function importsFrom(start: string): Promise<Map<string, readonly string[]>> {
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["info", "--json", fileURLToPath(new URL(start, root))],
  }).output();
  const { modules } = JSON.parse(new TextDecoder().decode(stdout)) as {
    readonly modules: readonly {
      readonly specifier: string;
      readonly dependencies?: readonly Record<
        string,
        { readonly specifier?: string } | undefined
      >[];
    }[];
  };
  const own = modules.filter(({ specifier }) => specifier.startsWith(lib.href));
  return new Map(own.map(({ specifier, dependencies = [] }) => [
    specifier.slice(lib.href.length),
    dependencies.flatMap(({ code, type }) => [code?.specifier, type?.specifier])
      .filter((target): target is string => target !== undefined && target.startsWith(lib.href))
      .map((target) => target.slice(lib.href.length)),
  ]));
}

/** Sets of files each of which reaches all others (Tarjan, 1972), files and sets in order. */
function cyclesOf(imports: ReadonlyMap<string, readonly string[]>): string[][] {
  const index = new Map<string, number>();
  const low = new Map<string, number>();
  const open: string[] = [];
  const cycles: string[][] = [];
  const visit = (file: string): void => {
    index.set(file, index.size);
    low.set(file, index.get(file)!);
    open.push(file);
    for (const next of imports.get(file) ?? []) {
      if (!index.has(next)) {
        visit(next);
        low.set(file, Math.min(low.get(file)!, low.get(next)!));
      } else if (open.includes(next)) low.set(file, Math.min(low.get(file)!, index.get(next)!));
    }
    if (low.get(file) !== index.get(file)) return;
    const component = open.splice(open.indexOf(file));
    if (component.length > 1) cycles.push(component.sort());
  };
  for (const file of imports.keys()) if (!index.has(file)) visit(file);
  return cycles.sort(([a], [b]) => (a < b ? -1 : 1));
}

async function libraryFiles(folder = lib): Promise<Map<string, readonly string[]>> {
  const files = new Map<string, readonly string[]>();
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    const at = new URL(isDirectory ? `${name}/` : name, folder);
    if (isDirectory) {
      for (const [path, lines] of await libraryFiles(at)) files.set(path, lines);
    } else if (name.endsWith(".ts")) {
      const text = await Deno.readTextFile(at);
      files.set(at.href.slice(lib.href.length), text.trimEnd().split("\n"));
    }
  }
  return files;
}

/** Functions and methods of formatted code: each ends at the first brace below its own indentation. */
function functionsOf(
  lines: readonly string[],
): { readonly name: string; readonly length: number }[] {
  const head =
    /^( *)(?:export )?(?:async )?function\*? (\w+)|^( {2})(?:async |static |get |\*)?(#?\w+)\(.*[({,]$/;
  return lines.flatMap((line, start) => {
    const match = head.exec(line);
    if (match === null) return [];
    const name = match[2] ?? match[4];
    if (["if", "for", "while", "switch", "catch"].includes(name)) return [];
    const indent = match[1] ?? match[3];
    const end = lines.findIndex((each, at) => at > start && each === `${indent}}`);
    // A call, or a signature without a body, has no such brace before something less indented.
    const isBody = end > 0 &&
      lines.slice(start + 1, end).every((each) => each === "" || each.startsWith(indent));
    return isBody ? [{ name, length: end - start + 1 }] : [];
  });
}
