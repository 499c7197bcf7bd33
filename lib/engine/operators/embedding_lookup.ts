import { start } from "../../kernel/kernel_builder.ts";
import { add, apply, constant, mul } from "../../kernel/values.ts";
import { elements } from "../../model/shape.ts";
import { EngineError } from "../engine_error.ts";
import type { EngineOperator } from "../engine_operator.ts";
import { indexedRuns } from "../kernels/movement/indexed_runs.ts";
import { type Layer, type LayerKernel, operatorOf } from "../layer.ts";
import { expectSameType, expectType, expectZeroPoint, scaleOf } from "../reference/expect.ts";
import type { Operation, ReferenceKernel } from "../reference/prepare.ts";

/** Rows of a table, by indices; int8 as they are, or as real numbers. */
export const embeddingLookup: EngineOperator<"EMBEDDING_LOOKUP"> = {
  types: ["float32", "int8"],
  dataInput: 1,
  reference: prepareLookup,
  hasVectors: true,
  kernels: [lookupKernel],
};

function prepareLookup(
  { inputs: [indices, table], outputs: [output] }: Operation<"EMBEDDING_LOOKUP">,
): ReferenceKernel {
  expectType("indices", indices, ["int32"]);
  expectType("table", table, ["float32", "int8"]);
  const isReal = table.dtype === "int8" && output.dtype === "float32";
  if (isReal) expectZeroPoint("table", table, 0);
  else expectSameType([table, output], ["float32", "int8"]);
  const scale = isReal ? scaleOf(table) : 1;
  const rows = table.shape[0];
  const run = elements(table.shape.slice(1));
  return ([at, x], [y]) => {
    at.forEach((index, i) => {
      if (!(index >= 0 && index < rows)) throw new EngineError(reasonOf(rows));
      for (let k = 0; k < run; k++) y[i * run + k] = x[index * run + k] * scale;
    });
  };
}

function reasonOf(rows: number): string {
  return `an index out of range, needed 0 to ${rows - 1}`;
}

/** EMBEDDING_LOOKUP: row by row. */
function lookupKernel(layer: Layer): LayerKernel | null {
  if (operatorOf(layer, "EMBEDDING_LOOKUP") === null) return null;
  const { inputs: [indices, table], outputs: [output] } = layer;
  const [rows, ...row] = table!.tensor.shape;
  const run = elements(row);
  const { region } = indices!;
  const isReal = table!.tensor.dtype !== output.tensor.dtype;
  return indexedRuns(layer, {
    source: table!,
    count: run,
    reason: reasonOf(rows),
    loops: (b, visit) =>
      b.for("index", { until: indices!.tensor.shape[0] }, (i) => {
        const address = add(start(region), mul(i, 4));
        const at = b.let("at", b.load("i32.load", { region, address }));
        const isInside = apply("i32.lt_u", [at, rows]);
        visit({ from: mul(at, run), to: mul(i, run), isInside });
      }),
    ...isReal && {
      copy: (b, { from, to }) =>
        b.for("element", { until: run }, (k) => {
          const x = b.load("i32.load8_s", { region: table!.region, address: add(from, k) });
          const scale = constant(scaleOf(table!.tensor), "f32");
          const value = apply("f32.mul", [apply("f32.convert_i32_s", [x]), scale]);
          b.store("f32.store", { region: output.region, address: add(to, mul(k, 4)) }, value);
        }),
    },
  });
}
