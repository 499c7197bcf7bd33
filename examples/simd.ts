/**
 * SIMD: four float32 at once, with and without fused multiply-add, as a share of what this machine's
 * vector unit can do.
 *
 * Run: deno run -A examples/simd.ts [--quick]
 */
import {
  bench,
  briefTimingColumns,
  matmul,
  measurePeaks,
  pseudocode,
  registerBlock,
  reorder,
  tableToText,
  vectorize,
  verdicts,
} from "tinyloom";

const quick = Deno.args.includes("--quick");
const size = quick ? 64 : 256;
const plain = matmul({ m: size, k: size, n: size });
const scalar = reorder(plain, ["i", "k", "j"]);
const simd = vectorize(scalar, "j");
const block = vectorize(registerBlock(plain, { j: 24, i: 2 }), "j");

console.log(
  `Vectors:\n${pseudocode(simd)}\nA block of vectors in registers:\n${pseudocode(block)}`,
);
const peaks = measurePeaks({ budgetMs: quick ? 5 : 60 });
for (const fma of [false, true]) {
  const { table } = await bench({ scalar, simd, block }, {
    fma,
    peaks,
    budgetMs: quick ? 500 : 2_500,
    settleMs: quick ? 0 : 1_000,
  });
  console.log(fma ? "Multiply and add fused:" : "Multiply and add rounded apart:");
  console.log(tableToText(table, { columns: briefTimingColumns }));
  for (const verdict of verdicts(table)) console.log(verdict);
  console.log();
}
