/**
 * Loop tiling: what each tile size saves in the simulated cache of a microcontroller, and what it
 * costs in loop tests. Nothing is timed, so the output is the same on every machine.
 *
 * Run: deno run -A examples/loop_tiling.ts [--quick]
 */
import {
  caches,
  count,
  footprint,
  matmul,
  pseudocode,
  reorder,
  simulateCache,
  tableFromRows,
  tableToText,
  tile,
} from "tinyloom";

const quick = Deno.args.includes("--quick");
const size = quick ? 64 : 192;
const untiled = reorder(matmul({ m: size, k: size, n: size }), ["i", "k", "j"]);
const tiled = [4, 8, 16, 32, 64].filter((by) => by < size).map((by) => {
  const nest = tile(untiled, { i: by, k: by, j: by });
  return [String(by), nest] as const;
});

console.log(`Untiled:\n${pseudocode(untiled)}\nTiled:\n${pseudocode(tiled[0][1])}`);
const rows = [["untiled", untiled] as const, ...tiled].map(([name, nest]) => {
  const [cache] = simulateCache(nest, caches.cortexM7);
  const block = footprint(nest).find(({ loop, tensor }) => loop === "i" && tensor === "B")!;
  const { macs, loopTests } = count(nest);
  return {
    tile: name,
    reusedBytes: block.bytes,
    misses: cache.misses,
    loopTestsPerMac: loopTests / macs,
  };
});
console.log(`${size} x ${size} x ${size}, simulated for ${caches.cortexM7.name}:`);
console.log(tableToText(tableFromRows(rows)));
