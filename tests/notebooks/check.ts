import { basename, dirname, join } from "node:path";
import { type Notebook, sourceOf } from "./notebook.ts";
import type { Problem } from "./verdict.ts";

/**
 * Type-checks the code cells of a notebook as one module, which Jupyter never does. So a name may be
 * declared in one cell only, and each import stands in one cell only.
 */
export async function typeProblems(path: string, notebook: Notebook): Promise<Problem[]> {
  const { code, cellAt } = moduleOf(notebook);
  // Beside the notebook, so that its relative imports and the import map mean the same.
  const module = join(dirname(path), `.${basename(path, ".ipynb")}.${crypto.randomUUID()}.ts`);
  await Deno.writeTextFile(module, code);
  try {
    const { success, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["check", "--quiet", module],
      env: { NO_COLOR: "1" },
      stdout: "null",
      stderr: "piped",
    }).output();
    return success ? [] : problemsIn(new TextDecoder().decode(stderr), basename(module), cellAt);
  } finally {
    await Deno.remove(module);
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
