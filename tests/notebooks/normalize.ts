import type { Execution } from "./execution.ts";
import { type Cell, type Notebook, type Output, sourceOf } from "./notebook.ts";

/**
 * The notebook with the outputs of an execution, in a form that changes only when what is shown
 * changes: no versions, no times, cells counted from 1, ids kept (or made from the position).
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
      outputs: joinStreams(outputs ?? []).map((output) => normal(output, execution_count)),
    };
  });
  return { cells, metadata: { ...METADATA }, nbformat: 4, nbformat_minor: 5 };
}

const METADATA = {
  kernelspec: { display_name: "Deno", language: "typescript", name: "deno" },
  language_info: {
    codemirror_mode: "typescript",
    file_extension: ".ts",
    mimetype: "text/x.typescript",
    name: "typescript",
    nbconvert_exporter: "script",
    pygments_lexer: "typescript",
  },
};

function withoutTimes({ execution: _, ...metadata }: Record<string, unknown>) {
  return metadata;
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
