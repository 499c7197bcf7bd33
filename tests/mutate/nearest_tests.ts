import ts from "typescript";

/** What is known of a file: the files that it loads, and the names that it exports. */
interface KnownFile {
  readonly path: string;
  readonly text: string;
  readonly imports: readonly string[];
  readonly names: readonly string[];
  /** Names that it imports, whatever from. */
  readonly imported: ReadonlySet<string>;
  /** All words in it. */
  readonly words: ReadonlySet<string>;
}

/** The files of a checkout, by their paths from its root. */
export type KnownFiles = ReadonlyMap<string, KnownFile>;

/**
 * What there is of a checkout, given the texts of its TypeScript files by path, and the files behind
 * bare names, such as `tinyloom`.
 */
export function knownFiles(
  texts: ReadonlyMap<string, string>,
  doors: Readonly<Record<string, string>>,
): KnownFiles {
  return new Map([...texts].map(([path, text]) => {
    return [path, { path, text, imports: importsOf(path, text), ...wordsOf(text) }];
  }));

  function importsOf(path: string, text: string): readonly string[] {
    const specifiers = [
      ...ts.preProcessFile(text, true, true).importedFiles.map(({ fileName }) => fileName),
      ...[...text.matchAll(/new URL\("([^"]+\.ts)", import\.meta\.url\)/g)].map(([, name]) => name),
    ];
    const resolved = specifiers.map((name) =>
      name.startsWith(".") ? new URL(name, `file:///${path}`).pathname.slice(1) : doors[name]
    );
    // Files that are named by their paths from the root, and folders of which one is loaded by name.
    const named = [...text.matchAll(/"((?:lib|notebooks)\/[^"]+\.ts)"/g)].map(([, name]) => name);
    const folders = [...text.matchAll(/import\(`(\.[^`$]*)\$\{/g)].map(([, name]) =>
      new URL(name, `file:///${path}`).pathname.slice(1)
    );
    const below = [...texts.keys()].filter((each) =>
      folders.some((folder) => each.startsWith(`${folder}/`))
    );
    return [...resolved, ...named, ...below].filter((each) => texts.has(each));
  }
}

function wordsOf(text: string): Pick<KnownFile, "names" | "imported" | "words"> {
  const names = [
    ...text.matchAll(/^export (?:async )?(?:function\*?|const|class|interface|type) (\w+)/gm),
  ].map(([, name]) => name);
  const imported = new Set(
    [...text.matchAll(/^import (?:type )?\{([^}]*)\}/gm)].flatMap(([, list]) =>
      list.split(",").map((each) => each.trim().replace(/^type /, "").split(" ")[0])
    ),
  );
  const words = new Set((text.match(/\w+/g) ?? []).map(plainWord));
  return { names, imported, words };
}

/** `CONV_2D`, `conv2d` and `conv_2d` are one word. */
function plainWord(word: string): string {
  return word.replaceAll("_", "").toLowerCase();
}

// How much a name counts that a test imports: of the file itself, of one that imports it, and so on.
const WEIGHTS = [8, 2, 0.5];
const OWN_ROOM = 3;
const FUNCTIONS_OF_THE_LINE = 12;

// Tests that hold all that a room makes to what was recorded, those that take less time first: behind the
// nearest one, before all others.
const BEFORE_NETS = 1;
const NETS: Readonly<Record<string, readonly string[]>> = {
  "tests/characterization/exact_lab_test.ts": [
    "nest",
    "schedule",
    "codegen",
    "kernel",
    "conv",
    "analyze",
  ],
  "tests/characterization/exact_models_test.ts": [
    ...["kernel", "codegen", "schedule", "model", "plan", "engine", "deploy"],
  ],
  "tests/characterization/exact_c_test.ts": ["kernel", "codegen", "engine", "deploy"],
  "tests/characterization/exact_native_test.ts": ["native", "codegen", "kernel", "engine"],
  "tests/characterization/exact_plans_test.ts": ["plan"],
  "tests/characterization/exact_searches_test.ts": ["plan", "tune", "tinynas"],
  "tests/characterization/exact_measures_test.ts": ["measure"],
  "tests/characterization/exact_charts_test.ts": ["chart", "notebook"],
  "tests/characterization/exact_odd_charts_test.ts": ["chart"],
  "tests/characterization/exact_plan_charts_test.ts": ["chart"],
  "tests/characterization/exact_allocations_test.ts": ["plan"],
  "tests/characterization/exact_segments_test.ts": ["plan"],
  "tests/characterization/exact_samples_test.ts": ["measure"],
  "tests/characterization/exact_commands_test.ts": ["cli"],
  "tests/characterization/exact_learning_test.ts": ["tinynas"],
  "tests/characterization/exact_training_test.ts": ["tinynas"],
  "tests/characterization/exact_runs_test.ts": ["cli"],
  "tests/characterization/exact_said_test.ts": ["cli", "tinynas"],
  "tests/characterization/exact_planning_test.ts": ["cli"],
  "tests/characterization/exact_odd_test.ts": ["cli"],
  "tests/characterization/exact_projects_test.ts": ["cli"],
  "tests/characterization/exact_pages_test.ts": ["cli"],
};

/**
 * The tests that load a file, those first that are likely to notice a change: which import its names, or
 * names of the files that import it, say what these files or functions in the changed code are called,
 * the rarer the better, and which lie in the folder of its room. Tests that take long (`secondsOf`) wait
 * for those that do not; behind the nearest come those of what was recorded of the room (`NETS`).
 */
export function nearestTests(
  files: KnownFiles,
  path: string,
  { code = "", secondsOf = () => 0 }: {
    readonly code?: string;
    readonly secondsOf?: (test: string) => number;
  } = {},
): readonly string[] {
  const importers = new Map<string, string[]>();
  for (const file of files.values()) {
    for (const target of file.imports) {
      importers.set(target, [...importers.get(target) ?? [], file.path]);
    }
  }
  const distances = new Map([[path, 0]]);
  for (const [file, distance] of distances) {
    for (const importer of importers.get(file) ?? []) {
      if (!distances.has(importer)) distances.set(importer, distance + 1);
    }
  }
  const tests = [...distances.keys()].filter((file) =>
    // Those of this folder only name files.
    file.endsWith("_test.ts") && !file.startsWith("tests/mutate/")
  );
  const weights = new Map<string, number>();
  for (const [file, distance] of distances) {
    // Doors export everything, and say nothing of a file.
    if (WEIGHTS[distance] === undefined || /(^|\/)(mod|lab)\.ts$/.test(file)) continue;
    for (const name of files.get(file)!.names) {
      weights.set(name, Math.max(weights.get(name) ?? 0, WEIGHTS[distance]));
    }
  }
  const scores = new Map(tests.map((test) => [
    test,
    // Tests that import a file itself, or what imports it, are meant for it.
    4 / distances.get(test)! ** 2 + (stem(test) === stem(path) ? 16 : 0) +
    (roomsOf(path).includes(test.split("/")[1]) ? OWN_ROOM : 0),
  ]));
  const add = (weight: number, saying: readonly string[]) => {
    for (const test of saying) scores.set(test, scores.get(test)! + weight / saying.length);
  };
  for (const [name, weight] of weights) {
    add(weight, tests.filter((test) => files.get(test)!.imported.has(name)));
  }
  // What helpers of a test say, it says as well.
  const parts = new Map(tests.map((test) => {
    const helpers = files.get(test)!.imports.filter((each) => each.startsWith("tests/"));
    return [test, [test, ...helpers].map((each) => files.get(each)!)];
  }));
  const said = (word: string) =>
    tests.filter((test) => parts.get(test)!.some(({ words }) => words.has(plainWord(word))));
  for (const [file, distance] of distances) {
    if (distance <= 2 && file.startsWith("lib/")) add(WEIGHTS[distance], said(stem(file)));
  }
  for (const [, name] of code.matchAll(/\b(\w{6,})\(/g)) {
    add(FUNCTIONS_OF_THE_LINE, said(name));
  }
  const rank = new Map(tests.map((test) => [
    test,
    scores.get(test)! / (1 + (secondsOf(test) / 8) ** 2),
  ]));
  const sorted = tests.sort((a, b) => rank.get(b)! - rank.get(a)! || (a < b ? -1 : 1));
  const isNet = (test: string) => NETS[test]?.includes(path.split("/")[1]) ?? false;
  const others = sorted.filter((test) => !isNet(test));
  const nets = sorted.filter(isNet).sort((a, b) => secondsOf(a) - secondsOf(b));
  return [...others.slice(0, BEFORE_NETS), ...nets, ...others.slice(BEFORE_NETS)];
}

/** Folders of tests for a file: operators have one of their own. */
function roomsOf(path: string): readonly string[] {
  const [, room] = path.split("/");
  return room === "engine" || path.includes("/operators/") ? [room, "operators"] : [room];
}

function stem(path: string): string {
  return path.replace(/^.*\//, "").replace(/(_test)?\.ts$/, "");
}
