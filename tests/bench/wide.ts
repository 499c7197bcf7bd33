// `deno task bench:wide`: the best schedule, and the one that V8 turns into 256-bit instructions
// when its flag --experimental-wasm-revectorize is set. Writes out/wide.arrow.
import {
  bench,
  bestMatmul,
  briefTimingColumns,
  measureBroadcast,
  measurePeaks,
  saveTable,
  tableToText,
  timingRows,
} from "tinyloom";

const shapes = [
  { m: 256, k: 256, n: 256 },
  { m: 1024, k: 1024, n: 1024 },
  { m: 640, k: 12800, n: 640 },
];

const broadcast = measureBroadcast();
const variants = shapes.flatMap((sizes) => [
  ["best", bestMatmul({ ...sizes, broadcast })] as const,
  ["wide", bestMatmul({ ...sizes, wide: true })] as const,
]);
const { table } = await bench(variants, { budgetMs: 60_000, peaks: measurePeaks() });
console.log(tableToText(table, { columns: briefTimingColumns }));
const rows = timingRows(table);
const best = rows.filter(({ kernel }) => kernel === "best");
for (const { shape, checksum } of best) {
  const wide = rows.find((row) => row.kernel === "wide" && row.shape === shape);
  const same = wide?.checksum === checksum;
  console.log(`${shape}: ${same ? "the same bits" : "other bits"}`);
  if (!same) Deno.exitCode = 1;
}
await Deno.mkdir("out", { recursive: true });
await saveTable("out/wide.arrow", table);
