// Fits what a layer's instructions grow with to counts of this back end's own kernels, and says how well
// the fit tells whole models: prints what lib/deploy/latency/instruction_costs.ts holds.
//   deno run -A tests/mcu/fit_latency.ts [TARGET]
import type { DeploymentRow, DeployTargetName } from "../../mod.ts";
import { type Equation, nonNegativeFit } from "./least_squares.ts";
import { fusedModels, type MeasuredModel, measureModels, smallModels } from "./measure_models.ts";

const target = (Deno.args[0] ?? "cortex-m4") as DeployTargetName;
const models = await measureModels(
  target,
  target === "portable"
    ? { names: smallModels, fused: ["mcunet-vww0", "mlperf-tiny-vww", "mlperf-tiny-ic"] }
    : { fused: fusedModels },
);
const plain = models.filter(({ fusion }) => fusion === "none");
const rows = plain.flatMap(({ rows }) => rows);

const costs = new Map<string, readonly number[]>();
for (const kind of [...new Set(rows.map((row) => row.kind))].sort()) {
  const equations = rows.filter((row) => row.kind === kind).map(equationOf);
  costs.set(kind, nonNegativeFit(equations));
}
for (const [kind, each] of costs) {
  const own = rows.filter((row) => row.kind === kind);
  const errors = own.map((row) => Math.abs(estimated(row) / row.instructions - 1));
  console.log(
    `"${kind}": [${each.map((x) => Number(x.toPrecision(4))).join(", ")}],`,
    `// ${own.length} layers, mean error ${percent(mean(errors))}, most ${
      percent(Math.max(...errors))
    }`,
  );
}
for (const { name, rows, totals } of plain) {
  const sum = rows.reduce((all, row) => all + estimated(row), 0);
  console.log(
    `${name}: ${totals.instructions}, estimated ${percent(sum / totals.instructions - 1)}`,
  );
}
const factors = models.filter(({ fusion }) => fusion !== "none").map((model) => fusedFactor(model));
console.log("fused over layer by layer:", factors, "mean", mean(factors));

function equationOf({ macs, outputs, inputs, instructions }: DeploymentRow): Equation {
  return { factors: [macs, outputs, inputs, 1], result: instructions };
}

function estimated(row: DeploymentRow): number {
  const { factors } = equationOf(row);
  return factors.reduce((sum, factor, i) => sum + factor * costs.get(row.kind)![i], 0);
}

/** Instructions of segments over those of the same operators one by one, by multiply-accumulates. */
function fusedFactor({ name, rows }: MeasuredModel): number {
  const alone = plain.find((each) => each.name === name)!;
  const byOperator = new Map(alone.rows.map((row) => [row.operators, row]));
  let [found, expected] = [0, 0];
  for (const { kind, operators, instructions, macs } of rows) {
    if (kind !== "segment") continue;
    const own = operators.split(" ").map((operator) => byOperator.get(operator)!);
    const factor = macs / own.reduce((sum, row) => sum + row.macs, 0);
    found += instructions;
    expected += factor * own.reduce((sum, row) => sum + row.instructions, 0);
  }
  return found / expected;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}
