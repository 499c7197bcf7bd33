/**
 * Multithreading: from which size two threads are worth their fork and join, and that results do not
 * depend on how many there are.
 *
 * Run: deno run -A examples/multithreading.ts [--quick]
 */
import {
  bench,
  createPool,
  execute,
  matmul,
  type Nest,
  parallel,
  pseudocode,
  randomInputs,
  reorder,
  tableToText,
  vectorize,
  verdicts,
} from "tinyloom";

const quick = Deno.args.includes("--quick");
const square = (side: number): Nest =>
  vectorize(reorder(matmul({ m: side, k: side, n: side }), ["i", "k", "j"]), "j");
const sides = quick ? [8, 32] : [8, 16, 32, 64, 128, 256];

console.log(pseudocode(parallel(square(sides[0]), "i")));
const { table } = await bench(
  sides.flatMap((side) => [
    ["serial", square(side)] as const,
    ["shared", parallel(square(side), "i")] as const,
  ]),
  { threads: 2, budgetMs: quick ? 800 : 6_000, settleMs: quick ? 0 : 1_000 },
);
console.log(tableToText(table, { columns: ["kernel", "shape", "minNs", "medianNs", "speedup"] }));
for (const verdict of verdicts(table)) console.log(verdict);

const shared = parallel(square(33), "i");
const inputs = randomInputs(shared, { seed: 1 });
const alone = execute(shared, inputs).C;
for (const threads of [2, 3]) {
  using pool = createPool(threads);
  const { C } = execute(shared, inputs, { pool });
  const same = C.every((value, at) => Object.is(value, alone[at]));
  console.log(`${threads} threads give ${same ? "the same bits as" : "other bits than"} one`);
}
