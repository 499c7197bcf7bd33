/**
 * The main experiment: one matrix product, from plain loops to everything together. Prints the
 * table and what each step brings, and writes the record, a chart and a page to `out/`.
 *
 * Run: deno task start
 */
import {
  bench,
  briefTimingColumns,
  chartSpeedup,
  matmulReport,
  matmulVariants,
  measurePeaks,
  renderSvg,
  saveTable,
  tableToText,
  verdicts,
  writeWhole,
} from "tinyloom";

// No power of two: rows then fall on different sets of the cache, and times repeat better.
const sizes = { m: 480, k: 480, n: 480 };
const threads = navigator.hardwareConcurrency;
const folder = new URL("../out/", import.meta.url).pathname;

console.log(`Matrix product ${sizes.m}x${sizes.k}x${sizes.n}, float32; about 20 seconds ...\n`);
const peaks = measurePeaks();
const nests = matmulVariants({ ...sizes, threads });
const { table, samples } = await bench(nests, { threads, peaks, budgetMs: 20_000, runs: 1000 });

console.log(tableToText(table, { columns: briefTimingColumns }));
for (const verdict of verdicts(table)) console.log(verdict);

await Deno.mkdir(folder, { recursive: true });
await saveTable(`${folder}matmul.arrow`, table);
await saveTable(`${folder}matmul_samples.arrow`, samples);
await writeWhole(`${folder}matmul.svg`, await renderSvg(chartSpeedup(table)));
await writeWhole(`${folder}matmul.html`, await matmulReport({ table, nests, peaks }));
console.log(`
Wrote the record    ${folder}matmul.arrow
      every sample  ${folder}matmul_samples.arrow
      the chart     ${folder}matmul.svg
      the page      ${folder}matmul.html  (table, nests, charts: open it in a browser)`);
