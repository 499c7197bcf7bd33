import type { Execution } from "./execution.ts";
import { type Cell, type Notebook, type Output, sourceOf } from "./notebook.ts";

/**
 * The notebook with the outputs of an execution, in a form that changes only when what is shown
 * changes: no times, cells counted from 1, ids kept (or made from the position), nothing of progress
 * bars that went away. Of the language it says what the kernel says, version included: otherwise
 * JupyterLab would change a notebook as soon as it is opened, and Git would show it.
 */
export function withOutputs(notebook: Notebook, execution: Execution): Notebook {
  const outputsAt = new Map(execution.cells.map((cell) => [cell.index, cell.outputs]));
  let count = 0;
  const cells = notebook.cells.map((cell, index): Cell => {
    const { cell_type, metadata } = cell;
    const id = cell.id ?? `cell-${index + 1}`;
    const source = lines(sourceOf(cell));
    if (cell_type !== "code") return { cell_type, id, metadata, source };
    const outputs = outputsAt.get(index);
    const execution_count = outputs ? ++count : null;
    return {
      cell_type,
      id,
      metadata: withoutTimes(metadata),
      source,
      execution_count,
      outputs: joinStreams((outputs ?? []).filter(isThere)).map((output) =>
        normal(output, execution_count)
      ),
    };
  });
  const metadata = { kernelspec: { ...KERNEL }, language_info: execution.language };
  return { cells, metadata, nbformat: 4, nbformat_minor: 5 };
}

const KERNEL = { display_name: "Deno", language: "typescript", name: "deno" };

function withoutTimes({ execution: _, ...metadata }: Record<string, unknown>) {
  return metadata;
}

/** A bar that vanished has left an output of nothing. */
function isThere(output: Output): boolean {
  return !("data" in output) || Object.values(output.data).some((content) => content !== "");
}

/** How a stream is cut into messages is a matter of timing. */
function joinStreams(outputs: readonly Output[]): Output[] {
  const joined: Output[] = [];
  for (const output of outputs) {
    const last = joined.at(-1);
    if (output.output_type === "stream" && last?.output_type === "stream") {
      if (output.name === last.name) {
        joined[joined.length - 1] = { ...last, text: text(last.text) + text(output.text) };
        continue;
      }
    }
    joined.push(output);
  }
  return joined;
}

function normal(output: Output, execution_count: number | null): Output {
  if (output.output_type === "stream") return { ...output, text: lines(text(output.text)) };
  if (output.output_type === "error") return output;
  const data = Object.fromEntries(
    Object.entries(output.data).map(([type, content]) => [
      type,
      typeof content === "string" && !type.startsWith("image/png") ? lines(content) : content,
    ]),
  );
  const shown = { output_type: output.output_type, data, metadata: output.metadata };
  return output.output_type === "execute_result" ? { ...shown, execution_count } : shown;
}

function text(value: string | string[]): string {
  return Array.isArray(value) ? value.join("") : value;
}

function lines(value: string): string[] {
  return value === "" ? [] : value.split(/(?<=\n)/);
}
