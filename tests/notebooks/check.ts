import { basename, dirname, join } from "node:path";
import { type Notebook, sourceOf } from "./notebook.ts";
import type { Problem } from "./verdict.ts";

/**
 * Type-checks the code cells of a notebook as one module, which Jupyter never does. So a name may be
 * declared in one cell only, and each import stands in one cell only.
 */
export async function typeProblems(path: string, notebook: Notebook): Promise<Problem[]> {
  const { code, cellAt } = moduleOf(notebook);
  const module = modulePath(path);
  const { success, stderr } = await check([[module, code]]);
  return success ? [] : problemsIn(stderr, basename(module), cellAt);
}

/**
 * Whether all of these notebooks are free of such problems: one check of all of them reads the library
 * once. Where they are not, `typeProblems` tells what is wrong with which.
 */
export async function areTyped(
  notebooks: readonly (readonly [path: string, notebook: Notebook])[],
): Promise<boolean> {
  const modules = notebooks.map(([path, notebook]) =>
    [modulePath(path), moduleOf(notebook).code] as const
  );
  return modules.length === 0 || (await check(modules)).success;
}

/** Beside the notebook, so that its relative imports and the import map mean the same. */
function modulePath(path: string): string {
  return join(dirname(path), `.${basename(path, ".ipynb")}.${crypto.randomUUID()}.ts`);
}

async function check(
  modules: readonly (readonly [path: string, code: string])[],
): Promise<{ readonly success: boolean; readonly stderr: string }> {
  try {
    for (const [path, code] of modules) await Deno.writeTextFile(path, code);
    const { success, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["check", "--quiet", ...modules.map(([path]) => path)],
      env: { NO_COLOR: "1" },
      stdout: "null",
      stderr: "piped",
    }).output();
    return { success, stderr: new TextDecoder().decode(stderr) };
  } finally {
    for (const [path] of modules) await Deno.remove(path).catch(() => {});
  }
}

interface CellModule {
  code: string;
  /** For each line of the code: number of its cell, from 1, and number of the line in the cell. */
  cellAt: { cell: number; line: number }[];
}

export function moduleOf(notebook: Notebook): CellModule {
  const lines: string[] = [];
  const cellAt: CellModule["cellAt"] = [];
  for (const [index, cell] of notebook.cells.entries()) {
    if (cell.cell_type !== "code") continue;
    for (const [line, text] of sourceOf(cell).split("\n").entries()) {
      lines.push(text);
      cellAt.push({ cell: index + 1, line: line + 1 });
    }
  }
  // A module even if no cell imports anything: only there is `await` allowed.
  return { code: [...lines, "export {};", ""].join("\n"), cellAt };
}

/** Deno's report, cut into one problem for each position in the module. */
function problemsIn(report: string, module: string, cellAt: CellModule["cellAt"]): Problem[] {
  const problems: Problem[] = [];
  let message: string[] = [];
  for (const line of report.split("\n")) {
    const position = line.split(module)[1]?.match(/^:(\d+):(\d+)/);
    const at = position && cellAt[Number(position[1]) - 1];
    if (at) {
      const where = `line ${at.line}, column ${position[2]}`;
      problems.push({ cell: at.cell, what: `${where}: ${oneLine(message)}` });
      message = [];
    } else if (line.trim() !== "") {
      message.push(line.trim());
    }
  }
  return problems.length > 0 ? problems : [{ cell: null, what: oneLine(message) }];
}

function oneLine(message: string[]): string {
  const text = message.filter((line) => !/^(~+$|\||\d+ \|)/.test(line)).join(" ");
  return text.replace(/^error: /, "").replace(/^(TS\d+) \[ERROR\]: /, "$1 ");
}
