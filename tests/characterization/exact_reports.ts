<<<<<<< HEAD
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
=======
import { chosenData } from "../../lib/cli/chosen_data.ts";
import { parseFlags } from "../../lib/cli/command.ts";
import { commands, loadCommand } from "../../lib/cli/commands.ts";
import { confusionOf, confusionText } from "../../lib/cli/confusion.ts";
import { missingPermission, permissionsOf } from "../../lib/cli/permissions.ts";
import { commandHelp, graceOf } from "../../lib/cli/run_cli.ts";
import { readingInWords } from "../../lib/cli/show_run.ts";
import { wrap } from "../../lib/cli/wrap.ts";
import { barsOf } from "../../lib/cli/plan_answer.ts";
import { planMemory, zoo } from "tinyloom";
import { answersTo } from "./command_answers.ts";
import { commandFiles as files } from "./command_files.ts";
import { line, reportLines } from "./report_lines.ts";
import type { ExactCases } from "./exact_figures.ts";

/** How much is read, and how. */
const data: readonly string[] = [
  "--data pictures --size 16",
  "--data pictures --size 16 --fit stretch --grey --only down,across --augment none",
  "--data pictures --size 8 --fit letterbox --per-class 7 --seed 3 --augment mirror,shift=0.2",
  "--data sounds --seconds 0.25",
  "--data sounds --seconds 0.3 --group _([0-9])+[.] --augment shift-rows=0.1,erase=0.2",
  "--data numbers --augment contrast=0.3,brightness=0.25,shift-columns=0",
  "--data many --size 8",
  "--data set.npz",
];

const noImages = { name: "a.png", inputWidth: 96, inputHeight: 96, range: [0, 1] } as const;
const image = (width: number, height: number, fit: "crop" | "stretch" | "letterbox") =>
  ({ ...noImages, width, height, fit }) as const;
const sound = { name: "s.wav", sampleRate: 16000, samples: 9000, frames: 3 } as const;

/** What is said of plans, and what pages are written. */
export const [planningExact, pageExact] = ["plans", "pages"].map(answersOf);

function answersOf(name: string): ExactCases {
  return { [`reports: ${name}`]: () => answersTo(reportLines[name], { files }) };
}

/** What is said of tables and mistakes, what is read as data, and how words are set. */
export const reportExact: ExactCases = {
  ...{ ...answersOf("tables"), ...answersOf("words"), ...answersOf("refused") },
  "reports: data": async () => {
    const command = await loadCommand("search");
    const folder = await Deno.makeTempDir();
    try {
      for (const [name, bytes] of Object.entries(files)) {
        const path = `${folder}/${name}`;
        await Deno.mkdir(path.slice(0, path.lastIndexOf("/")), { recursive: true });
        await Deno.writeFile(path, bytes);
      }
      const read: unknown[] = [];
      for (const asked of data) {
        const progress: string[] = [];
        const chosen = await chosenData({
          ...parseFlags(command, line(asked)),
          ...{ print: () => {}, note: () => {}, width: 80, env: () => undefined },
          progress: (text: string) => void progress.push(text),
          resolve: (path: string) => `${folder}/${path}`,
          signal: new AbortController().signal,
        });
        read.push([progress, chosen]);
      }
      return read;
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
  "reports: texts": async () => {
    const pairs = Array.from({ length: 60 }, (_, i) => ({ truth: i % 11, found: i * i % 12 }));
    const names = Array.from({ length: 12 }, (_, i) => `class ${i}`);
    const images = [image(96, 96, "crop"), image(192, 192, "crop"), image(192, 191, "crop")]
      .concat([image(200, 100, "stretch"), image(100, 205, "letterbox")] as never);
    const plan = planMemory(zoo("mlperf-tiny-kws"));
    const loaded = await Promise.all(Object.keys(commands).map(loadCommand));
    return [
      [12, 9, 8, 2].map((count) =>
        confusionText(confusionOf(
          pairs.map(({ truth, found }) => ({ truth: truth % count, found: found % count })),
          names.slice(0, count),
        ))
      ),
      confusionText(confusionOf([{ truth: 1, found: 1 }], names)),
      readingInWords(images, [
        { ...sound, channels: 1, paddedSamples: 0 },
        { ...sound, channels: 2, paddedSamples: 7, windows: 49 },
      ] as never),
      readingInWords([...images, ...images, { ...images[0], orientation: 6 }] as never, []),
      readingInWords([{ ...images[0], orientation: 6 }] as never, []),
      [40, 60, 61, 62, 70, 75, 80, 120].map((width) => barsOf({ plan, device: undefined }, width)),
      loaded.map(({ permissions }) => permissionsOf(permissions)),
      [40, 79, 120].map((width) => loaded.map((own) => commandHelp(own.name, own, width))),
      [undefined, "plan", "search", "worker", "doctor", "init", "nothing"].map((name) =>
        [[], ["--nats"], ["--nats=x"], ["--natsx"]].map((rest) =>
          graceOf(name === undefined ? [] : [name, ...rest])
        )
      ),
      ["read", "write", "env", "run", "sys"].map((what) =>
        missingPermission(
          new Error(`Requires ${what} access to "x y", run again with the --allow-${what} flag`),
        )
      ),
      [missingPermission("x"), missingPermission(new Error("x"))],
      [1, 8, 20, 21, 22, 80].flatMap((width) =>
        [
          "",
          "word",
          "  indented words of a line",
          `${"long".repeat(9)} and more words\nsecond line`,
        ]
          .flatMap((text) => [wrap(text, width), wrap(text, width, 0), wrap(text, width, 5)])
      ),
    ];
  },
};
>>>>>>> mutants-b
