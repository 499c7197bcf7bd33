/**
 * Loop reordering: the same product with its three loops in all six orders. The stride of the
 * innermost loop decides.
 *
 * Run: deno run -A examples/loop_reordering.ts [--quick]
 */
import {
  bench,
  count,
  matmul,
  pseudocode,
  reorder,
  tableFromRows,
  tableToText,
  timingRows,
  verdicts,
} from "tinyloom";

const quick = Deno.args.includes("--quick");
const size = quick ? 64 : 256;
const plain = matmul({ m: size, k: size, n: size });
const orders = ["ijk", "ikj", "jik", "jki", "kij", "kji"];
const nests = Object.fromEntries(orders.map((order) => [order, reorder(plain, [...order])]));

console.log(`Before:\n${pseudocode(nests.ijk)}\nAfter:\n${pseudocode(nests.ikj)}`);
const { table } = await bench(nests, {
  budgetMs: quick ? 600 : 5_000,
  settleMs: quick ? 0 : 1_000,
});
const rows = timingRows(table).map(({ kernel, minNs, speedup }) => {
  const { A, B, C } = count(nests[kernel]).innermost.strides;
  return { order: kernel, strideA: A, strideB: B, strideC: C, minNs, speedup };
});
console.log(tableToText(tableFromRows(rows)));
for (const verdict of verdicts(table)) console.log(verdict);
