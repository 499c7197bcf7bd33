import { anyType, operatorCoverage, shortTypes } from "../../lib/engine/operator_table.ts";
import type { Written } from "./write_registries.ts";

/** The page that says what there is for each operator, as it should be. */
export function coveragePage(): Written {
  const all = operatorCoverage();
  const yes = (is: boolean) => is ? "yes" : "";
  const rows = all.map((row) => [
    row.operator,
    shortTypes(row.types),
    row.planned ?? "",
    yes(row.reference),
    yes(row.engine),
    yes(row.vectors),
    yes(row.c),
    yes(row.dsp),
    yes(row.helium),
    row.description,
  ]);
  const text = `# Operators

<!-- Written by \`deno task operators\` from the registries; not to be changed by hand. -->

What there is for each of the ${all.length} operators that are read. Files with other operators are read too:
those can be planned, but not run.

- **Types** are those of its data: f32 is float32, i8 int8, u8 uint8. The types of weights, biases
  and indices follow from them. \`any\` is ${anyType()}.
- **Planned**: \`in place\` may lie over its input, \`rolling\` may run row by row in a segment, \`view\`
  moves no byte. \`in place, view\` moves elements: over its input in the order in which it does, so far
  as constant lists tell; where they lie in one piece on both sides (SPLIT, UNPACK and SLICE of whole
  rows, CONCATENATION and PACK along the first axis), the planner puts each piece where it is to be,
  and nothing moves. RESIZE_* and TRANSPOSE_CONV are in place row by row. All others have an output of
  their own.
- **Reference** is the interpreter that defines the arithmetic, **engine** the WebAssembly;
  **vectors** says whether some of its kernels work on 128 bits at once.
- **C**: the same kernels written as C; **DSP** and **Helium**: with C of its own for processors
  that have these instructions.

\`tinyloom operators\` prints this table, and \`operatorTable()\` gives it with a row for each type.

${
    markdown([[
      "Operator",
      "Types",
      "Planned",
      "Reference",
      "Engine",
      "Vectors",
      "C",
      "DSP",
      "Helium",
      "Computes",
    ], ...rows])
  }`;
  return { path: "lib/engine/operators/README.md", text };
}

/** A table as the formatter leaves it: columns as wide as their widest cell. */
function markdown([heading, ...rows]: readonly (readonly string[])[]): string {
  const escaped = [heading, ...rows].map((cells) =>
    cells.map((cell) => cell.replaceAll("|", "\\|"))
  );
  const widths = heading.map((_, column) => Math.max(...escaped.map((row) => row[column].length)));
  const rule = widths.map((width) => "-".repeat(width));
  const [first, ...others] = escaped;
  return [first, rule, ...others].map((cells) =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column])).join(" | ")} |\n`
  ).join("");
}
