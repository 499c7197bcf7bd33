import ts from "typescript";

/** What is known of a file: the files that it loads, and the names that it exports. */
interface KnownFile {
  readonly path: string;
  readonly text: string;
  readonly imports: readonly string[];
  readonly names: readonly string[];
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
    const specifiers = [
      ...ts.preProcessFile(text, true, true).importedFiles.map(({ fileName }) => fileName),
      ...[...text.matchAll(/new URL\("([^"]+\.ts)", import\.meta\.url\)/g)].map(([, name]) => name),
    ];
    const imports = specifiers.map((name) =>
      name.startsWith(".") ? new URL(name, `file:///${path}`).pathname.slice(1) : doors[name]
    ).filter((each) => texts.has(each));
    const names = [
      ...text.matchAll(/^export (?:async )?(?:function\*?|const|class|interface|type) (\w+)/gm),
    ].map(([, name]) => name);
    return [path, { path, text, imports, names }];
  }));
}

// How much a name counts that a test says: of the file itself, of one that imports it, and so on.
const WEIGHTS = [8, 2, 0.5];

/**
 * The tests that load a file, those first that are likely to notice a change: which say its names, or
 * names of the files that import it, the rarer the better, and which lie in the folder of its room.
 */
export function nearestTests(files: KnownFiles, path: string): readonly string[] {
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
  const tests = [...distances.keys()].filter((file) => file.endsWith("_test.ts"));
  const weights = new Map<string, number>();
  for (const [file, distance] of distances) {
    // Doors export everything, and say nothing of a file.
    if (WEIGHTS[distance] === undefined || /(^|\/)(mod|lab)\.ts$/.test(file)) continue;
    for (const name of files.get(file)!.names) {
      weights.set(name, Math.max(weights.get(name) ?? 0, WEIGHTS[distance]));
    }
  }
  const words = new Map(tests.map((test) => [
    test,
    new Set(files.get(test)!.text.match(/\w+/g) ?? []),
  ]));
  const scores = new Map(tests.map((test) => [test, roomOf(test) === roomOf(path) ? 1 : 0]));
  for (const [name, weight] of weights) {
    const saying = tests.filter((test) => words.get(test)!.has(name));
    for (const test of saying) scores.set(test, scores.get(test)! + weight / saying.length);
  }
  const own = stem(path);
  for (const test of tests) {
    if (stem(test) === own) scores.set(test, scores.get(test)! + 16);
    // Tests that import a file itself, or what imports it, are meant for it.
    scores.set(test, scores.get(test)! + 4 / distances.get(test)! ** 2);
  }
  return tests.sort((a, b) => scores.get(b)! - scores.get(a)! || (a < b ? -1 : 1));
}

function roomOf(path: string): string {
  return path.split("/")[1];
}

function stem(path: string): string {
  return path.replace(/^.*\//, "").replace(/(_test)?\.ts$/, "");
}
