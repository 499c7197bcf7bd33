import {
  benchBackends,
  briefBackendColumns,
  chartBackends,
  CompilerError,
  createEngine,
  createNativeEngine,
  findCompiler,
  formatRatio,
  matmul,
  measure,
  type NativeTarget,
  type Nest,
  randomFrame,
  registerBlock,
  reorder,
  run,
  setupNotebook,
  show,
  tableFromRows,
  tableToRows,
  timingRows,
  toC,
  vectorize,
  zoo,
} from "tinyloom";

const notebook = setupNotebook();
const quick = Deno.env.get("TINYLOOM_QUICK") !== undefined;
const size = quick ? 64 : 240;

/** The compiler there is; null: none, and why. */
let compiler: NativeTarget | null = null;
try {
  compiler = await findCompiler();
  await show(`${compiler.version}, for vectors of ${compiler.vectorBytes} bytes`);
} catch (error) {
  if (!(error instanceof CompilerError)) throw error;
  await show(`No compiler here, so only JavaScript and WebAssembly are shown. ${error.message}`);
}
const naive = matmul({ m: size, k: size, n: size });
const reordered = reorder(naive, ["i", "k", "j"]);
await show(toC(reordered));
/** How many loops the compiler makes vectors of; null: it does not say. */
async function vectorized(nest: Nest, flags: readonly string[]): Promise<number | null> {
  const file = await Deno.makeTempFile({ suffix: ".c" });
  try {
    await Deno.writeTextFile(file, toC(nest));
    const args = [...flags, "-fopt-info-vec-optimized", "-c", file, "-o", "/dev/null"];
    const { success, stderr } = await new Deno.Command(compiler!.cc, { args }).output();
    if (!success) return null;
    return new TextDecoder().decode(stderr).split("\n")
      .filter((line) => line.includes("loop vectorized")).length;
  } finally {
    await Deno.remove(file);
  }
}

const orders = ["i j k", "i k j", "j i k", "j k i", "k i j", "k j i"];
const levels = [["-O1"], ["-O2"], ["-O3"], ["-O3", "-ffast-math"]];
if (compiler !== null) {
  const rows = [];
  for (const order of orders) {
    const nest = reorder(naive, order.split(" "));
    const row: Record<string, string> = { order };
    for (const flags of levels) {
      const loops = await vectorized(nest, flags);
      row[flags.join(" ")] = loops === null ? "?" : loops > 0 ? "vectors" : "scalars";
    }
    rows.push(row);
  }
  await show(tableFromRows(rows));
} else await show("A compiler's reports are left out: there is none here.");
const simd = vectorize(reordered, "j");
const block = vectorize(registerBlock(naive, { i: 4, j: 16 }), "j");
const table = await benchBackends(
  { naive, reordered, simd, block },
  { budgetMs: quick ? 200 : 8000, settleMs: quick ? 0 : 500 },
);
await show(table, { columns: briefBackendColumns });
await show(chartBackends(table));
const rows = tableToRows(table) as { kernel: string; backend: string; minNs: number }[];
const names = [...new Set(rows.map(({ kernel }) => kernel))];
const timeOf = (kernel: string, backend: string) =>
  rows.find((row) => row.kernel === kernel && row.backend === backend)?.minNs;
const backends = [...new Set(rows.map(({ backend }) => backend))];
await show(tableFromRows(names.map((kernel) => ({
  kernel,
  ...Object.fromEntries(backends.map((backend) => [
    backend,
    formatRatio(timeOf(kernel, backend)! / timeOf(kernel, "wasm")!),
  ])),
}))));
const plainO3 = timeOf("naive", "native -O3");
const scheduled = timeOf("block", "native best");
await show(
  plainO3 === undefined || scheduled === undefined
    ? "Left out: there is no compiler here."
    : `The block of 4 x 16 in registers is ${formatRatio(plainO3 / scheduled)} as fast as what -O3 makes of the plain loops.`,
);
const model = zoo("mlperf-tiny-kws");
const frame = randomFrame(model, { seed: 1 });
using inWasm = createEngine(model);
const expected = run(inWasm, frame);
if (compiler !== null) {
  using native = await createNativeEngine(model, { target: compiler, plan: inWasm.plan });
  const isSame = run(native, frame).every((output, i) => String(output) === String(expected[i]));
  const timed = (name: string, engine: typeof inWasm) => ({
    name,
    shape: model.name ?? "kws",
    dtype: "int8",
    schedule: [],
    threads: 1,
    macs: 0,
    verify: () => ({ verified: isSame, checksum: "", maxError: 0, tolerance: 0 }),
    warm: () => void run(engine, frame),
    run: () => void run(engine, frame),
  });
  const { table } = await measure([timed("wasm", inWasm), timed("native", native)], {
    budgetMs: quick ? 100 : 2000,
    settleMs: quick ? 0 : 500,
  });
  const [wasmRow, nativeRow] = timingRows(table);
  await show(
    `${isSame ? "The same bits" : "Other bits"}; natively ${formatRatio(wasmRow.minNs / nativeRow.minNs)} as fast`,
  );
} else await show("Left out: there is no compiler here.");
export {};
