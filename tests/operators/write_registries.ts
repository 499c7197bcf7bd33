/**
 * Writes the registries of operators, which list the files of their folders: an operator is known to
 * the model and to the engine by its files alone. And the page that says what there is for each.
 *
 * Run: deno task operators
 */
import { builtinCode } from "../../lib/model/builtin_operators.ts";
import { customNameOf } from "../../lib/model/custom_operators.ts";

/** A folder with a file for every operator, and what its registry says. */
interface Folder {
  readonly path: string;
  /** Imports of types. */
  readonly imports: readonly string[];
  /** What stands before the list, up to the line that opens it. */
  readonly head: readonly string[];
}

/** A file as it should be; its path from the root on. */
export interface Written {
  readonly path: string;
  readonly text: string;
}

const folders: readonly Folder[] = [
  {
    path: "lib/model/operators",
    imports: [],
    head: [
      "/**",
      " * What there is to know of every operator without running it, by TFLite's name.",
      " *",
      " * @example",
      " * ```ts",
      ' * import assert from "node:assert/strict";',
      ' * import { operatorDefinitions } from "tinyloom";',
      " *",
      ' * assert.equal(operatorDefinitions.RELU.description, "`max(0, x)`");',
      " * ```",
      " *",
      " * @category Models",
      " */",
      "export const operatorDefinitions = {",
    ],
  },
  {
    path: "lib/engine/operators",
    imports: [
      'import type { OperatorName } from "../../model/operator.ts";',
      'import type { EngineOperator } from "../engine_operator.ts";',
    ],
    head: [
      "/** How every operator is run, by TFLite's name. */",
      "export const engineOperators: {",
      "  readonly [Name in OperatorName]: EngineOperator<Name>;",
      "} = {",
    ],
  },
];

const REGISTRY = "registry.ts";

/** What stands in the folders beside operators. */
const OTHERS: readonly string[] = [REGISTRY, "README.md"];

/** The folder of custom operators within each of the folders. */
const CUSTOM = "custom/";

/** Names of operators that cannot be names of variables. */
const keywords: ReadonlySet<string> = new Set(["if", "while"]);

/** The registries as they should be, of the folders that exist; paths from the root on. */
export function registries(): Written[] {
  return folders.flatMap((folder) => {
    const names = filesIn(folder.path);
    if (names === null) return [];
    return [{ path: `${folder.path}/${REGISTRY}`, text: registryText(names, folder) }];
  });
}

/** What a registry says of the operators in the files given. */
export function registryText(
  files: readonly string[],
  { path, imports, head }: Folder,
): string {
  const operators = files.filter((file) => !OTHERS.includes(file)).toSorted().map((file) => {
    const stem = file.replace(/\.ts$/, "");
    const name = operatorOf(stem);
    if (stem === file || stem !== stem.toLowerCase() || name === null) {
      throw new TypeError(`${path}/${file} is named after no operator of TFLite`);
    }
    const variable = stem.replace(CUSTOM, "").replace(/_(.)/g, (_, first) => first.toUpperCase());
    return { file, name, variable: keywords.has(variable) ? `${variable}Operator` : variable };
  });
  return [
    "// Written by `deno task operators` from the files of this folder; not to be changed by hand.",
    ...imports,
    ...operators.map(({ file, variable }) => `import { ${variable} } from "./${file}";`),
    "",
    ...head,
    ...operators.map(({ name, variable }) => `  ${name}: ${variable},`),
    "};",
    "",
  ].join("\n");
}

/** The operator that a file is called after; null: none. */
function operatorOf(stem: string): string | null {
  if (stem.startsWith(CUSTOM)) return customNameOf(stem.slice(CUSTOM.length));
  const name = stem.toUpperCase();
  return builtinCode(name) === -1 ? null : name;
}

const root = new URL("../../", import.meta.url);

function filesIn(path: string): string[] | null {
  try {
    const names = (below: string) =>
      Array.from(Deno.readDirSync(new URL(`${path}/${below}`, root)))
        .flatMap(({ name, isFile }) => isFile ? [below + name] : []);
    return [...names(""), ...names(CUSTOM)];
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
}

function write({ path, text }: Written): void {
  Deno.writeTextFileSync(new URL(path, root), text);
  console.log(path);
}

if (import.meta.main) {
  for (const each of registries()) write(each);
  // Made of what the registries list, so they must be there before.
  const { coveragePage } = await import("./coverage_page.ts");
  write(coveragePage());
}
