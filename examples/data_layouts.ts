/**
 * NHWC or NCHW: which accesses of plain loops follow each other in memory, what that means for the
 * cache of a microcontroller, and what fast code makes of each layout. Changing it has a price too.
 *
 * Run: deno run -A examples/data_layouts.ts [--quick]
 */
import {
  accessPattern,
  benchConv,
  briefConvColumns,
  caches,
  type ConvShape,
  convVariants,
  pseudocode,
  simulateCache,
  tableFromRows,
  tableToText,
} from "tinyloom";

const quick = Deno.args.includes("--quick");
const size = quick ? 8 : 28;
const base = { height: size, width: size, inChannels: 32, outChannels: 32 } as const;
const layers: Readonly<Record<string, ConvShape>> = {
  pointwise: { ...base, kernel: [1, 1] },
  depthwise: { ...base, kernel: [3, 3], padding: "same", depthwise: true },
};
for (const [name, shape] of Object.entries(layers)) {
  const { direct, directNchw } = convVariants({ ...shape, dtype: "i8" });
  console.log(`${name}, NHWC:\n${pseudocode(direct)}\n${name}, NCHW:\n${pseudocode(directNchw!)}`);
  console.log(`Plain loops on int8, simulated for ${caches.cortexM7.name}:`);
  const rows = [["NHWC", direct] as const, ["NCHW", directNchw!] as const].map(([layout, nest]) => {
    const input = accessPattern(nest).find(({ buffer }) => buffer === "I")!;
    const { sequential, strided } = input;
    return { layout, sequential, strided, misses: simulateCache(nest, caches.cortexM7)[0].misses };
  });
  console.log(tableToText(tableFromRows(rows)));
  const table = await benchConv(shape, {
    variants: ["implicit", "channels", "planes", "viaPlanes"],
    budgetMs: quick ? 100 : 3000,
    settleMs: quick ? 0 : 1000,
  });
  console.log(tableToText(table, { columns: [...briefConvColumns] }));
}
