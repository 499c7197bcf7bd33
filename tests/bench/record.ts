// The same variants as the timing record, interleaved: prints it and writes out/bench.arrow.
import { bench, briefTimingColumns, measurePeaks, saveTable, tableToText } from "tinyloom";
import { benchCases } from "./cases.ts";

const variants = benchCases.flatMap((each) => Object.entries(each.variants));
const { table } = await bench(variants, { budgetMs: 20_000, peaks: measurePeaks() });
console.log(tableToText(table, { columns: briefTimingColumns }));
await Deno.mkdir("out", { recursive: true });
await saveTable("out/bench.arrow", table);
