/**
 * The main experiment: one matrix product, from plain loops to everything together, each technique
 * on top of the ones before. Prints the table and what each step brings, and writes the record, a
 * chart and a page to `out/`.
 *
 * Run: deno task start
 * With --picture, as `deno task picture` does, the chart becomes the one in the README too.
 */
import {
  bench,
  cautions,
  chartSpeedup,
  matmulLadder,
  matmulReport,
  measurePeaks,
  renderSvg,
  saveTable,
  stepVerdicts,
  tableToText,
  writeWhole,
} from "tinyloom";

// Three matrices of 4 MiB: more than a second-level cache holds, so that it matters how one walks
// through them.
const sizes = { m: 1024, k: 1024, n: 1024 };
const threads = navigator.hardwareConcurrency;
const folder = new URL("../out/", import.meta.url).pathname;
// How often each variant runs follows from the time there is: 45 s with all that stands around it.
const budgetMs = 34_000;

console.log(`Matrix product ${sizes.m}x${sizes.k}x${sizes.n}, float32; about 40 seconds ...\n`);
const peaks = measurePeaks();
const nests = matmulLadder(sizes);
const measurement = await bench(nests, {
  threads,
  peaks,
  budgetMs,
  onProgress: ({ phase, name, elapsedMs }) =>
    tell(`${(elapsedMs / 1000).toFixed(0)} s: ${phase} ${name}`),
});
tell("");
const { table, samples } = measurement;

const columns = ["kernel", "threads", "samples", "minNs", "gmacPerS", "peakShare", "speedup"];
console.log(tableToText(table, { columns }));
console.log("Each step on top of the one before:");
for (const line of stepVerdicts(measurement)) console.log(`  ${line}`);
for (const caution of cautions(table)) console.log(caution);

const title = "One matrix product, each step on top of the one before";
const chart = await renderSvg(chartSpeedup(table, { title }));
await Deno.mkdir(folder, { recursive: true });
await saveTable(`${folder}matmul.arrow`, table);
await saveTable(`${folder}matmul_samples.arrow`, samples);
await writeWhole(`${folder}matmul.svg`, chart);
await writeWhole(`${folder}matmul.html`, await matmulReport({ table, nests, peaks }));
if (Deno.args.includes("--picture")) {
  await writeWhole(new URL("matmul.svg", import.meta.url).pathname, chart);
}
console.log(`
Wrote the record    ${folder}matmul.arrow
      every sample  ${folder}matmul_samples.arrow
      the chart     ${folder}matmul.svg
      the page      ${folder}matmul.html  (table, nests, charts: open it in a browser)`);

/** A line that is written over, for a person who watches. */
function tell(text: string): void {
  if (!Deno.stderr.isTerminal()) return;
  Deno.stderr.writeSync(new TextEncoder().encode(`\r\x1b[K${text}`));
}
