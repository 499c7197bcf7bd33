import { dictionary, list, optional, readForm, record, text } from "../../form.ts";
import { writeWhole } from "../../measure/table_file.ts";
import { type Command, type CommandContext, UsageError } from "../command.ts";
import { fromAnywhere, importMap } from "../package_origin.ts";
import { say } from "../terminal.ts";

/** `tinyloom init [DIR]`. */
export const command: Command = {
  name: "init",
  details:
    'In that folder and below, scripts and notebooks may import "tinyloom". A deno.json that ' +
    "is there keeps what it has; files that are there stay.",
  operands: "[DIR]",
  flags: {},
  examples: ["init", "init my-experiments"],
  permissions: { write: "the folder" },
  run: async (context: CommandContext) => {
    const { operands, resolve, note } = context;
    if (operands.length > 1) {
      throw new UsageError(`init takes one folder, found ${operands.length}`);
    }
    const folder = operands[0] ?? ".";
    const at = (file: string) => resolve(`${folder}/${file}`);
    const settings = withImports(await textOf(at("deno.json")), await textOf(at("deno.jsonc")));
    await Deno.mkdir(resolve(folder), { recursive: true });
    await writeWhole(at("deno.json"), settings);
    say(context, `wrote ${folder}/deno.json: "tinyloom" is ${fromAnywhere()}`);
    for (const [file, text] of Object.entries({ "first.ts": script, "first.ipynb": notebook() })) {
      if (await textOf(at(file)) === undefined) {
        await writeWhole(at(file), text);
        say(context, `wrote ${folder}/${file}`);
      } else note(`${folder}/${file} is there already and stays as it is`);
    }
    say(context, `Next: cd ${folder} && deno run -A first.ts, or open first.ipynb in Jupyter.`);
    say(
      context,
      "`deno task tinyloom --help` is the program; `deno task tinyloom doctor` looks around.",
    );
    return 0;
  },
};

async function textOf(path: string): Promise<string | undefined> {
  try {
    return await Deno.readTextFile(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

/** Settings with what makes the names work. */
function withImports(given = "{}", commented?: string): string {
  const { links = [], imports } = importMap();
  if (commented !== undefined || !isJson(given)) {
    throw new UsageError(
      "the folder's Deno settings hold comments, which rewriting would lose; add to them: " +
        JSON.stringify(importMap()),
    );
  }
  const old = readForm<Settings>(given, { kind: "Deno settings", form: settingsForm });
  const allLinks = new Set([...old.links ?? [], ...links]);
  const task = { tinyloom: "deno run -A tinyloom/cli" };
  const settings = {
    ...old,
    ...allLinks.size > 0 && { links: [...allLinks] },
    imports: { ...old.imports, ...imports },
    tasks: { ...task, ...old.tasks },
  };
  return JSON.stringify(settings, null, 2) + "\n";
}

/** What is changed of `deno.json`. */
interface Settings {
  readonly links?: readonly string[];
  readonly imports?: Readonly<Record<string, string>>;
  readonly tasks?: Readonly<Record<string, unknown>>;
}

const settingsForm = record({
  links: optional(list(text)),
  imports: optional(dictionary(text)),
  tasks: optional(dictionary(() => null)),
});

// With comments, which would be lost, it is none.
function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

const experiment = [
  "const naive = matmul({ m: 240, k: 240, n: 240 });",
  'const reordered = reorder(naive, ["i", "k", "j"]); // neighbours in memory, one after the other',
  'const simd = vectorize(reordered, "j"); // four at once',
];
const timing = "const { table } = await bench({ naive, reordered, simd }, { budgetMs: 3000 });";

const script = [
  'import { bench, briefTimingColumns, matmul, pseudocode } from "tinyloom";',
  'import { reorder, tableToText, vectorize } from "tinyloom";',
  "",
  ...experiment,
  "console.log(pseudocode(simd));",
  "",
  timing,
  "console.log(tableToText(table, { columns: briefTimingColumns }));",
  "",
].join("\n");

/** The same as a notebook, and a model's plan as a second thing to try. */
function notebook(): string {
  const cells: readonly (readonly ["markdown" | "code", string])[] = [
    ["markdown", "# First steps\n\nOne matrix product, three ways; then a network's memory."],
    [
      "code",
      "import { bench, briefTimingColumns, matmul, pseudocode, reorder, vectorize } from " +
      '"tinyloom";\nimport { chartMemory, planMemory, setupNotebook, show, zoo } from "tinyloom";\n\n' +
      "const notebook = setupNotebook();",
    ],
    ["code", `${experiment.join("\n")}\nawait show(pseudocode(simd));`],
    ["code", `${timing}\nawait show(table, { columns: briefTimingColumns });`],
    [
      "code",
      'const plan = planMemory(zoo("mlperf-tiny-kws"));\nawait show(chartMemory(plan));',
    ],
  ];
  return JSON.stringify(
    {
      cells: cells.map(([cell_type, text], index) => ({
        cell_type,
        id: `cell-${index + 1}`,
        metadata: {},
        source: text.split(/(?<=\n)/),
        ...cell_type === "code" && { execution_count: null, outputs: [] },
      })),
      metadata: {
        kernelspec: { display_name: "Deno", language: "typescript", name: "deno" },
        language_info: { file_extension: ".ts", mimetype: "text/x.typescript", name: "typescript" },
      },
      nbformat: 4,
      nbformat_minor: 5,
    },
    null,
    1,
  ) + "\n";
}
