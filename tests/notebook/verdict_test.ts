import { moduleOf } from "../notebooks/check.ts";
import type { CellExecution, Execution } from "../notebooks/execution.ts";
import { withOutputs } from "../notebooks/normalize.ts";
import type { Cell, Notebook, Output } from "../notebooks/notebook.ts";
import { problemsOf } from "../notebooks/verdict.ts";
import { assertEquals } from "../assert.ts";

function code(source: string, ...tags: string[]): Cell {
  return { cell_type: "code", metadata: tags.length > 0 ? { tags } : {}, source };
}

function notebook(...cells: Cell[]): Notebook {
  return { cells, metadata: { kernelspec: { name: "deno" } }, nbformat: 4, nbformat_minor: 5 };
}

function ran(index: number, part: Partial<CellExecution> = {}): CellExecution {
  return { index, status: "ok", ename: "", evalue: "", seconds: 1, outputs: [], ...part };
}

const HELLO: Output = { output_type: "stream", name: "stdout", text: "hello\n" };
const ERROR: Output = {
  output_type: "error",
  ename: "RangeError",
  evalue: "tile 0",
  traceback: [],
};

function verdict(cell: Cell, run: Partial<CellExecution>): string | undefined {
  return problemsOf(notebook(cell), { cells: [ran(0, run)], language: {} })[0]?.what;
}

Deno.test("a cell that shows something must have an output", () => {
  const missing = "shows something but has no output";
  assertEquals(verdict(code("await show(table);"), {}), missing);
  assertEquals(verdict(code("console.log(1);"), {}), missing);
  assertEquals(verdict(code("await show(table);"), { outputs: [HELLO] }), undefined);
  assertEquals(verdict(code("const rows = 3;"), {}), undefined);
  assertEquals(verdict(code("// await show(table);\nconst rows = 3;"), {}), undefined);
  assertEquals(verdict(code("const later = () => show(1);", "no-output"), {}), undefined);
});

Deno.test("an error fails the notebook, even when the cell itself ended well", () => {
  assertEquals(verdict(code("f();"), { outputs: [ERROR] }), "RangeError: tile 0");
});

Deno.test("a cell tagged raises-exception must fail", () => {
  const cell = code("tile(nest, { j: 0 });", "raises-exception");
  assertEquals(verdict(cell, { status: "error", outputs: [ERROR] }), undefined);
  assertEquals(verdict(cell, { outputs: [] }), "should have shown an error");
});

Deno.test("a failure without any output is told from the reply", () => {
  assertEquals(
    verdict(code("let x = ;"), { status: "error", evalue: "Execution failed" }),
    "could not be parsed, or an import could not be resolved; " +
      'the kernel only says "Execution failed"',
  );
  assertEquals(verdict(code("f();"), { status: "died" }), "ended the kernel");
  assertEquals(
    verdict(code("f();"), { status: "timeout", seconds: 60 }),
    "did not end in time (60.0 s)",
  );
});

Deno.test("cells after a failure are named, empty and Markdown cells are not", () => {
  const cells = [code("f();"), code(" "), { ...code("text"), cell_type: "markdown" as const }];
  const problems = problemsOf(notebook(...cells, code("g();")), {
    cells: [ran(0, { status: "error", outputs: [ERROR] })],
    language: {},
  });
  assertEquals(problems, [
    { cell: 1, what: "RangeError: tile 0" },
    { cell: 4, what: "was not run, because of the failure above" },
  ]);
});

Deno.test("a notebook needs the kernel named deno and a code cell", () => {
  const empty = { ...notebook(), metadata: { kernelspec: { name: "python3" } } };
  assertEquals(problemsOf(empty, { cells: [], language: {} }).map(({ what }) => what), [
    'kernelspec name is python3; needed: "deno"',
    "has no code cell",
  ]);
});

Deno.test("written outputs do not depend on times, on bars that vanished or on how a stream was cut", () => {
  const first = notebook(code("const a = 1;\na;"), code(""));
  first.metadata.language_info = { name: "typescript", version: "5.9.2" };
  first.cells[0].execution_count = 17;
  first.cells[0].metadata.execution = { "iopub.status.busy": "2024-01-01T00:00:00Z" };
  const execution: Execution = {
    cells: [ran(0, {
      outputs: [
        { output_type: "stream", name: "stdout", text: "a\nb" },
        { output_type: "stream", name: "stdout", text: "c\n" },
        { output_type: "execute_result", data: { "text/plain": "1" }, metadata: {} },
        {
          output_type: "display_data",
          data: { "text/html": "", "text/plain": "" },
          metadata: {},
        },
        { output_type: "display_data", data: { "image/png": "AQL/" }, metadata: {} },
      ],
    })],
    language: { name: "typescript", version: "6.0.3" },
  };
  const written = withOutputs(first, execution);
  assertEquals(written.cells, [
    {
      cell_type: "code",
      id: "cell-1",
      metadata: {},
      source: ["const a = 1;\n", "a;"],
      execution_count: 1,
      outputs: [
        { output_type: "stream", name: "stdout", text: ["a\n", "bc\n"] },
        {
          output_type: "execute_result",
          data: { "text/plain": ["1"] },
          metadata: {},
          execution_count: 1,
        },
        { output_type: "display_data", data: { "image/png": "AQL/" }, metadata: {} },
      ],
    },
    {
      cell_type: "code",
      id: "cell-2",
      metadata: {},
      source: [],
      execution_count: null,
      outputs: [],
    },
  ]);
  // As JupyterLab would write it when the kernel has told of itself.
  assertEquals(written.metadata.language_info, { name: "typescript", version: "6.0.3" });
  assertEquals(withOutputs(written, execution), written);
});

Deno.test("the module of a notebook knows where each line comes from", () => {
  const markdown: Cell = { cell_type: "markdown", metadata: {}, source: ["# A\n"] };
  const { code: text, cellAt } = moduleOf(notebook(markdown, code("a;\nb;"), code("c;")));
  assertEquals(text, "a;\nb;\nc;\nexport {};\n");
  assertEquals(cellAt, [{ cell: 2, line: 1 }, { cell: 2, line: 2 }, { cell: 3, line: 1 }]);
});
