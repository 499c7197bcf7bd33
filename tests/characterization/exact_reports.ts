import { inflateSync } from "node:zlib";
import {
  convReport,
  matmulReport,
  modelGraph,
  planMemory,
  reportHtml,
  tableFromRows,
  zoo,
} from "tinyloom";
import { convVariants, matmulVariants } from "tinyloom/lab";
import { indexedPng } from "../../lib/chart/indexed_png.ts";
import { timingTable } from "../measure/timing_table.ts";
import { drawer } from "../plan/random_graph.ts";
import type { ExactCases } from "./exact_figures.ts";
import { unhurried } from "./exact_inputs.ts";
import { convolved } from "./exact_odd_tables.ts";

const peaks = {
  ...{ fmaGmacPerS: 20, mulAddGmacPerS: 10, dotGmacPerS: 40, relaxedDotGmacPerS: 80 },
  loadGBPerS: { l1: 100, l2: 60, memory: 20 },
};
const line = (length: number) => "x".repeat(length);
// Clips are counted through all drawings of a process.
const withoutClips = (page: string) => page.replace(/clip\d+/g, "clip");

/** Pages of experiments, and pictures of few colours. */
export const reportExact: ExactCases = {
  "chart: reports of products": async () => {
    const pages: string[] = [];
    for (const dtype of ["f32", "i8"] as const) {
      const { naive, simd } = matmulVariants({ m: 8, k: 8, n: 8, dtype });
      const rows = [
        { kernel: "naive", dtype, shape: "8x8x8" },
        { kernel: "simd", dtype, shape: "8x8x8", speedup: 3.4, speedupLow: 3, speedupHigh: 4 },
        { kernel: "simd", dtype, shape: "8x8x8", threads: 2, speedup: 3.2 },
      ];
      const nests = { naive, simd };
      pages.push(
        await matmulReport({ table: timingTable(rows), nests, peaks }),
        await matmulReport({ table: timingTable(rows), nests, peaks, fma: true }),
        await matmulReport({ table: timingTable(rows), nests, peaks, fma: false }),
        await matmulReport({ table: timingTable(rows.slice(0, 1)), nests, peaks }),
      );
    }
    return pages.map(withoutClips);
  },
  "chart: reports of convolutions": async () => {
    const shape = { height: 4, width: 4, inChannels: 4, outChannels: 4, kernel: [3, 3] } as const;
    const pages = [1, 2, 3].map((seed) =>
      convReport({ table: convolved(drawer(seed)), variants: convVariants(shape) })
    );
    return (await Promise.all(pages)).map(withoutClips);
  },
  "chart: pages of everything": async () => {
    const model = zoo("mlperf-tiny-ad");
    const graph = await modelGraph(model, {
      plan: planMemory(model, unhurried),
      listings: new Map([[0, "a < b"]]),
    });
    const table = tableFromRows([
      { text: line(47), other: line(49), count: 3, ratio: null, is: true },
      { text: line(48), other: "", count: 0.1 + 0.2, ratio: 2, is: false },
    ]);
    const listings = [39, 40, 41].map((lines) => ({ name: "<n>", text: "a\n".repeat(lines) }));
    return await reportHtml({
      title: "<all>",
      summary: "it & more",
      sections: [
        { title: "graph", graph, text: "one" },
        { title: "tables", table, text: [] },
        { title: "columns", table, columns: ["count", "text"], listings },
        { title: "nothing" },
      ],
      environment: {
        ...{ cpuModel: null, v8Flags: "", isQuiet: true, isLoud: false, seed: 0.1234567891 },
        ...{ list: [1, "b", null], loadGBPerS: { l1: 3, l2: undefined }, name: "<x>" },
      },
    });
  },
  "chart: pictures of few colours": async () => {
    const pictures: unknown[] = [];
    for (const colors of [2, 3, 7, 16, 40]) {
      const draw = drawer(colors);
      const [width, height] = [1 + draw(9), 1 + draw(9)];
      const pixels = Uint8Array.from({ length: 4 * width * height }, () => 51 * draw(6));
      pictures.push(inflated(await indexedPng({ width, height, pixels }, { colors })));
    }
    return pictures;
  },
};

/** What a PNG holds, whichever way it was compressed: what stands before the pixels, and these. */
function inflated(png: Uint8Array): readonly Uint8Array[] {
  const at = new TextDecoder("latin1").decode(png).indexOf("IDAT");
  const length = new DataView(png.buffer).getUint32(at - 4);
  return [png.slice(0, at - 4), inflateSync(png.slice(at + 4, at + 4 + length))];
}
