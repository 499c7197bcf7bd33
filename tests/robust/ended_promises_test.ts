// The same as `ended_work_test.ts` holds, of what gives promises: it ends at its signal, and between its parts.
import { assert, assertEquals, assertRejects } from "../assert.ts";
import {
  ablate,
  benchConv,
  benchModelBackends,
  benchModels,
  chartActivations,
  compileNative,
  convReport,
  convVariants,
  createEngine,
  createNativeEngine,
  deploy,
  explain,
  findCompiler,
  matmul,
  measureDeployment,
  planMemory,
  readFrames,
  renderPng,
  reportHtml,
  tuneKernels,
  verifyDeployment,
  writeDeployment,
  zoo,
} from "tinyloom";
import { type Host, setHost } from "../../lib/host.ts";
import { fired, firing } from "./fired.ts";

const model = zoo("mlperf-tiny-ad");
const kws = zoo("mlperf-tiny-kws");
const plan = planMemory(model);
const engine = createEngine(model, { plan });
const nest = matmul({ m: 4, k: 5, n: 6 });
const deployment = deploy(model, { plan, prefix: "ad", frames: [[new Int8Array(640)]] });
const layer = { height: 6, width: 6, inChannels: 2, outChannels: 3, kernel: [3, 3] } as const;
const variants = { direct: convVariants(layer).direct! };
const timings = await benchConv(layer, { variants: ["direct"], budgetMs: 30, settleMs: 0 });

/** The same of what gives promises. */
const awaited: Readonly<Record<string, (signal: AbortSignal) => Promise<unknown>>> = {
  explain: (signal) => explain(engine, 0, { signal }),
  "explain as WebAssembly": (signal) => explain(engine, 0, { wat: true, signal }),
  reportHtml: (signal) => reportHtml(page(), { signal }),
  convReport: (signal) => convReport({ table: timings, variants, signal }),
  writeDeployment: (signal) => writeDeployment(deployment, "/nowhere/to/be", { signal }),
  verifyDeployment: (signal) => verifyDeployment(deployment, { signal }),
  measureDeployment: (signal) => measureDeployment(deployment, { how: "estimate", signal }),
  renderPng: (signal) => renderPng("<svg/>", { signal }),
  benchModels: (signal) => benchModels({ model }, { signal, budgetMs: 1, settleMs: 0 }),
  "benchModelBackends": (signal) =>
    benchModelBackends({ model }, { backends: ["wasm"], signal, budgetMs: 1, settleMs: 0 }),
  ablate: (signal) => ablate(model, { signal, budgetMs: 1, settleMs: 0 }),
  tuneKernels: (signal) => tuneKernels(model, { signal, budgetMs: 1, settleMs: 0, most: 1 }),
  readFrames: (signal) =>
    readFrames([{ name: "x.bin", bytes: new Uint8Array(640) }], model, { signal }),
  findCompiler: (signal) => findCompiler({ signal }),
  compileNative: (signal) => compileNative(nest, { signal }),
  createNativeEngine: (signal) => createNativeEngine(model, { signal }),
};

for (const [name, work] of Object.entries(awaited)) {
  Deno.test(`${name} ends at its signal`, async () => {
    const error = await assertRejects(() => work(fired()), DOMException);
    assertEquals(error.message, "enough");
  });
}

Deno.test("a page ends between its charts", async () => {
  const interrupt = new AbortController();
  setTimeout(() => interrupt.abort(), 0);
  await assertRejects(() => reportHtml(page(), interrupt), DOMException);
  assert((await reportHtml(page(), { signal: new AbortController().signal })).includes("<svg"));
});

Deno.test("a picture ends between its parts", async () => {
  const svg =
    '<svg xmlns="http://www.w3.org/2000/svg" width="8" height="8"><rect width="4" height="8"/></svg>';
  // Looked at before, after the text, after the drawing, and once it is compressed.
  const parts = 4;
  for (let after = 0; after < parts; after++) {
    const drawn = () => renderPng(svg, { colors: 2, signal: firing(after) });
    await assertRejects(drawn, DOMException, "enough");
  }
  await renderPng(svg, { colors: 2, signal: firing(parts) });
  // Each of 16 rows, and each colour beside the two.
  const { indexedPng } = await import("../../lib/chart/indexed_png.ts");
  const pixels = Uint8Array.from({ length: 4 * 3 * 16 }, (_, i) => i);
  const looks = await watchedPromise(() =>
    indexedPng({ width: 3, height: 16, pixels }, { colors: 2 })
  );
  assertEquals(looks, 16 + 46);
});

Deno.test("a table of models ends before a network's reference has run", async () => {
  const interrupt = new AbortController();
  const seen: string[] = [];
  const models = { a: model, b: kws };
  const table = benchModels(models, {
    ...{ budgetMs: 1, settleMs: 0, signal: interrupt.signal },
    onProgress: ({ phase, name }) => {
      seen.push(`${phase} ${name}`);
      setTimeout(() => interrupt.abort(new DOMException("enough", "AbortError")), 0);
    },
  });
  await assertRejects(() => table, DOMException, "enough");
  assertEquals(seen, ["verify a"]);
});

/** The looks of work whose first part is done in one go. */
async function watchedPromise(work: () => Promise<unknown>): Promise<number> {
  let promise: Promise<unknown> = Promise.resolve();
  let looks = 0;
  const host: Host = {
    display: () => undefined,
    watch: () => null,
    lookOut: () => ({ isStopped: () => ++looks < 0, end: () => {} }),
  };
  const before = setHost(host);
  try {
    promise = work();
    await promise;
  } finally {
    setHost(before);
  }
  return looks;
}

function page() {
  const charts = [chartActivations({ model }), chartActivations({ model })];
  return { title: "Activations", sections: [{ title: "All", charts }] };
}
