// What a profile says apart from the times themselves, which no test can know.
import { movedBytes } from "../../lib/engine/profile/profile.ts";
import { verifyEngine } from "../../lib/engine/profile/verify_engine.ts";
import { outputsOf, setInputs } from "../../lib/engine/run.ts";
import { runtimeOf } from "../../lib/engine/runtime.ts";
import {
  benchModels,
  createEngine,
  type Engine,
  EngineError,
  environment,
  macs,
  type Model,
  profile,
  profileRows,
  profileTotals,
  randomFrame,
  run,
  tableMetadata,
  tableToRows,
  zoo,
} from "../../mod.ts";
import {
  assert,
  assertAlmostEquals,
  assertEquals,
  assertRejects,
  assertThrows,
} from "../assert.ts";
import { constant, single, tensor } from "./single_operator.ts";

const brief = { budgetMs: 20, environment: { gitCommit: null } };

/** A model of a type that no engine takes. */
function unsupported(): Model {
  const wide = tensor("float64", [1, 4]);
  return single("RELU", {}, { inputs: [wide], outputs: [wide] });
}

Deno.test("a profile has a row for each layer, with work and bytes from its tensors", async () => {
  const model = zoo("mlperf-tiny-ad");
  using engine = createEngine(model);
  const table = await profile(engine, brief);
  const rows = profileRows(table);
  assertEquals(rows.map(({ index, operator }) => [index, operator]), [
    ...Array.from({ length: 10 }, (_, index) => [index, "FULLY_CONNECTED"]),
  ]);
  const [{ minNs: _, medianNs: __, timeShare: ___, gmacPerS: ____, ...first }] = rows;
  assertEquals(first, {
    index: 0,
    operator: "FULLY_CONNECTED",
    name: "dense0",
    shape: "1x128",
    dtype: "int8",
    kernel: engine.layers[0].kernel,
    schedule: JSON.stringify(engine.layers[0].schedule),
    form: "plain",
    threads: 1,
    macs: 640 * 128,
    macFactor: 1,
    // Input, weights, bias, output.
    movedBytes: 640 + 640 * 128 + 4 * 128 + 128,
    macsPerByte: 640 * 128 / (640 + 640 * 128 + 4 * 128 + 128),
  });
  const totals = profileTotals(table);
  assertEquals([totals.model, totals.threads, totals.layers], [model.name, 1, 10]);
  assertEquals(totals.macs, macs(model));
  assertEquals([totals.arenaBytes, totals.constantBytes], [
    engine.memory.arenaBytes,
    engine.memory.constantBytes,
  ]);
});

Deno.test("times of a profile are in order, and shares add up", async () => {
  using engine = createEngine(zoo("mlperf-tiny-ic"));
  const table = await profile(engine, { ...brief, budgetMs: 200 });
  const rows = profileRows(table);
  const totals = profileTotals(table);
  for (const { minNs, medianNs, macs, gmacPerS } of rows) {
    assert(minNs >= 0 && medianNs >= minNs);
    assertEquals(gmacPerS, macs > 0 && minNs > 0 ? macs / minNs : null);
  }
  assertAlmostEquals(rows.reduce((sum, { timeShare }) => sum + timeShare, 0), 1);
  assert(totals.explainedShare > 0);
  assert(totals.layersMinNs <= totals.layersMedianNs && totals.runMinNs <= totals.runMedianNs);
  assert(rows.reduce((sum, { minNs }) => sum + minNs, 0) <= totals.layersMinNs * 1.000001);
  assert(totals.samples >= 3 && totals.clockNs > 0);
});

Deno.test("a profile says how each layer runs: forms of the plan, threads of the kernel", async () => {
  for (const threads of [1, 2]) {
    using engine = createEngine(zoo("mlperf-tiny-kws"), { threads });
    const rows = profileRows(await profile(engine, brief));
    assertEquals(rows.map(({ form }) => form), engine.plan.steps.map(({ form }) => form));
    assertEquals(
      rows.map((row) => row.threads),
      engine.layers.map(({ isParallel }) => isParallel ? threads : 1),
    );
  }
});

Deno.test("a profile carries its circumstances", async () => {
  using engine = createEngine(zoo("mlperf-tiny-ad"));
  const table = await profile(engine, { ...brief, seed: 5, runs: 2 });
  const metadata = tableMetadata(table);
  assertEquals([metadata.schemaVersion, metadata.seed, metadata.runs], [1, 5, 2]);
  assertEquals(metadata.deno, environment({ gitCommit: null }).deno);
  assertEquals(profileTotals(table).samples, 2);
});

Deno.test("an aborted profile returns what it has", async () => {
  using engine = createEngine(zoo("mlperf-tiny-ad"));
  const signal = AbortSignal.abort();
  const table = await profile(engine, { ...brief, signal });
  assertEquals(profileTotals(table).samples, 1);
  assertEquals(table.numRows, 10);
});

Deno.test("what cannot be profiled is refused", async () => {
  using checked = createEngine(zoo("mlperf-tiny-ad"), { checked: true });
  await assertRejects(() => profile(checked), TypeError, "needed one without checks");
  using engine = createEngine(zoo("mlperf-tiny-ad"));
  await assertRejects(() => profile(engine, { runs: 0 }), RangeError, "runs is 0");
  await assertRejects(() => profile(engine, { budgetMs: -1 }), RangeError, "budgetMs is -1");
  await assertRejects(() => profile(engine, { seed: 0.5 }), RangeError, "seed is 0.5");
  await assertRejects(
    () => profile(engine, { inputs: [new Float32Array(640)] }),
    TypeError,
    "needed Int8Array",
  );
  await assertRejects(() => profile({ ...engine } as Engine), TypeError, "needed an engine");
  assertThrows(() => profileTotals(benchTable), TypeError, "Not a profile");
  assertThrows(() => profileRows(benchTable), TypeError, "lacks the columns index, operator");
});

Deno.test("code that reads the clock computes what the code without computes", () => {
  const model = zoo("mlperf-tiny-kws");
  const frame = randomFrame(model, { seed: 3 });
  for (const threads of [1, 2]) {
    using engine = createEngine(model, { threads });
    const expected = run(engine, frame);
    let marks = 0;
    const runMarked = runtimeOf(engine).compileMarked(() => void marks++);
    setInputs(engine, frame);
    runMarked();
    assertEquals(outputsOf(engine), expected);
    assertEquals(marks, engine.layers.length + 2);
  }
});

Deno.test("bytes moved: a tensor read twice counts once, state is read and written", () => {
  const state = { ...tensor("int8", [1, 6]), isVariable: true };
  const weights = constant("int8", new Int8Array(10));
  const model = {
    ...single("RELU", {}, { inputs: [], outputs: [] }),
    tensors: [
      tensor("int8", [1, 4]),
      weights,
      state,
      tensor("float32", [1, 3]),
    ],
  };
  const step = { inputs: [0, 1, -1, 2, 0], outputs: [3] };
  assertEquals(movedBytes(model, step), 4 + 10 + 6 + 6 + 12);
});

Deno.test("a random frame is seeded, spans its types and holds no NaN", () => {
  const model = zoo("mlperf-tiny-ad");
  const [bytes] = randomFrame(model, { seed: 2 });
  assertEquals(bytes, randomFrame(model, { seed: 2 })[0]);
  assert(bytes.some((value, i) => value !== randomFrame(model, { seed: 3 })[0][i]));
  assert(bytes.includes(-128 as never) || Math.min(...bytes as Int8Array) < -120);
  const float = single("RELU", {}, {
    inputs: [tensor("float32", [1, 99]), tensor("int64", [2]), tensor("bool", [9])],
    outputs: [tensor("float32", [1, 99])],
  });
  const [reals, wide, bits] = randomFrame(float);
  assert((reals as Float32Array).every((value) => value >= -1 && value < 1));
  assert(wide instanceof BigInt64Array);
  assert((bits as Uint8Array).every((value) => value <= 1));
});

const benchTable = await benchModels({ ad: zoo("mlperf-tiny-ad"), kws: zoo("mlperf-tiny-kws") }, {
  budgetMs: 100,
  settleMs: 0,
  environment: { gitCommit: null },
});

Deno.test("a bench has a row for each model, with its sizes", () => {
  const rows = tableToRows(benchTable);
  assertEquals(rows.map(({ model, dtype, threads, macs }) => [model, dtype, threads, macs]), [
    ["ad", "int8", 1, 264_192],
    ["kws", "int8", 1, macs(zoo("mlperf-tiny-kws"))],
  ]);
  using engine = createEngine(zoo("mlperf-tiny-kws"));
  assertEquals([rows[1].arenaBytes, rows[1].constantBytes, rows[1].wasmBytes], [
    engine.memory.arenaBytes,
    engine.memory.constantBytes,
    engine.wasm.length,
  ]);
  for (const { minNs, medianNs, coldCreateNs, createNs } of rows as Record<string, number>[]) {
    assert(minNs > 0 && medianNs >= minNs && coldCreateNs > 0 && createNs > 0);
  }
});

Deno.test("a bench names the model that cannot run", async () => {
  const models = { ad: zoo("mlperf-tiny-ad"), odd: unsupported() };
  await assertRejects(() => benchModels(models, { budgetMs: 50 }), EngineError, "odd: operator 0");
  await assertRejects(() => benchModels({}), TypeError, "Nothing to time");
});

Deno.test("an engine that computes something else is not verified", () => {
  const model = zoo("mlperf-tiny-ad");
  using engine = createEngine(model);
  const frame = randomFrame(model);
  assertEquals(verifyEngine(engine, frame).verified, true);
  runtimeOf(engine).bytes.fill(3, engine.memory.arenaBytes + 64);
  assertEquals(verifyEngine(engine, frame).verified, false);
});
