import type { CellExecution, Execution } from "./execution.ts";
import { type Cell, type Notebook, sourceOf } from "./notebook.ts";

/** Something that is wrong with a notebook. */
export interface Problem {
  /** Number of the cell among all cells, from 1; null: the notebook as a whole. */
  cell: number | null;
  what: string;
}

/**
 * What is wrong with a notebook that was executed. A reply "ok" is not enough: outputs may be lost,
 * and a cell that cannot be parsed publishes nothing at all.
 *
 * Two tags make exceptions: `raises-exception` for a cell that must fail, and `no-output` for a cell
 * that calls `show` only inside of functions which it defines.
 */
export function problemsOf(notebook: Notebook, execution: Execution): Problem[] {
  const problems = wholeNotebook(notebook);
  const runAt = new Map(execution.cells.map((cell) => [cell.index, cell]));
  for (const [index, cell] of notebook.cells.entries()) {
    if (cell.cell_type !== "code" || sourceOf(cell).trim() === "") continue;
    const run = runAt.get(index);
    const found = run ? cellProblem(cell, run) : "was not run, because of the failure above";
    if (found !== null) problems.push({ cell: index + 1, what: found });
  }
  return problems;
}

function wholeNotebook(notebook: Notebook): Problem[] {
  const problems: Problem[] = [];
  const name = notebook.metadata.kernelspec?.name;
  if (name !== "deno") {
    problems.push({ cell: null, what: `kernelspec name is ${name}; needed: "deno"` });
  }
  if (!notebook.cells.some((cell) => cell.cell_type === "code" && sourceOf(cell).trim() !== "")) {
    problems.push({ cell: null, what: "has no code cell" });
  }
  return problems;
}

function cellProblem(cell: Cell, run: CellExecution): string | null {
  const tags = cell.metadata.tags ?? [];
  const error = run.outputs.find((output) => output.output_type === "error");
  if (run.status === "timeout") return `did not end in time (${run.seconds.toFixed(1)} s)`;
  if (run.status === "died") return "ended the kernel";
  if (tags.includes("raises-exception")) return error ? null : "should have shown an error";
  if (error) return `${error.ename}: ${error.evalue}`;
  if (run.status !== "ok") {
    return "could not be parsed, or an import could not be resolved; " +
      `the kernel only says "${run.evalue || run.status}"`;
  }
  if (shows(sourceOf(cell)) && !tags.includes("no-output") && run.outputs.length === 0) {
    return "shows something but has no output";
  }
  return null;
}

function shows(source: string): boolean {
  const code = source.replace(/^\s*\/\/.*$/gm, "");
  return /\b(?:show|progress|console\.\w+)\(/.test(code);
}
