/**
 * Loop unrolling: fewer loop tests by unrolling the sum, shorter chains by partial sums, fewer loads by
 * a block of sums in registers.
 *
 * Run: deno run -A examples/loop_unrolling.ts [--quick]
 */
import {
  accumulate,
  bench,
  count,
  matmul,
  partialSums,
  pseudocode,
  registerBlock,
  tableFromRows,
  tableToText,
  unroll,
  verdicts,
} from "tinyloom";

const quick = Deno.args.includes("--quick");
const size = quick ? 64 : 256;
const plain = matmul({ m: size, k: size, n: size });
const naive = accumulate(plain, "k");
const block = registerBlock(plain, { j: 8 });
const nests = {
  naive,
  "k by 4": unroll(naive, "k", 4),
  "4 partial sums": partialSums(plain, "k", 4),
  block,
  "block, k by 4": unroll(block, "k", 4),
};

console.log(`Unrolled:\n${pseudocode(nests["k by 4"])}\nA block of sums:\n${pseudocode(block)}`);
const counts = Object.entries(nests).map(([nest, each]) => {
  const { loads, innermost, codeBytes } = count(each);
  const { loopTests, addressUpdates, bodyInstructions } = innermost;
  return { nest, loads, loopTests, addressUpdates, bodyInstructions, codeBytes };
});
console.log(tableToText(tableFromRows(counts)));
const { table } = await bench(nests, {
  budgetMs: quick ? 600 : 4_000,
  settleMs: quick ? 0 : 1_000,
});
for (const verdict of verdicts(table)) console.log(verdict);
