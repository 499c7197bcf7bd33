/**
 * The best schedule is data: each of its steps is replayed on the plain loops and timed, so that one
 * sees what it brings.
 *
 * Run: deno run -A examples/replay_schedule.ts [--quick]
 */
import { applySteps, bench, bestMatmul, matmul, pseudocode, tableToText, verdicts } from "tinyloom";

const quick = Deno.args.includes("--quick");
const sizes = quick ? { m: 32, k: 1300, n: 48 } : { m: 192, k: 1536, n: 192 };
const best = bestMatmul(sizes);

console.log(pseudocode(best));
best.steps.forEach((step, at) => console.log(`${at + 1}  ${JSON.stringify(step)}`));
const prefixes = [
  ["plain", matmul(sizes)] as const,
  ...best.steps.map((step, at) =>
    [
      `${at + 1} ${step.op}`,
      applySteps(matmul(sizes), best.steps.slice(0, at + 1)),
    ] as const
  ),
];
const { table } = await bench(prefixes, {
  budgetMs: quick ? 1_200 : 7_000,
  settleMs: quick ? 0 : 1_000,
});
console.log();
console.log(tableToText(table, { columns: ["kernel", "samples", "minNs", "gmacPerS", "speedup"] }));
for (const verdict of verdicts(table)) console.log(verdict);
