// Plans with segments in the engine: the reference's outputs in the arena that was planned, every
// access checked.
import {
  type ConstantArray,
  createEngine,
  elements,
  explain,
  type Model,
  type Plan,
  planMemory,
  type PlanOptions,
  profile,
  profileRows,
  profileTotals,
  readModel,
  run,
  runReference,
  zeroValues,
  zoo,
} from "../../mod.ts";
import { AccessChecks } from "../../lib/engine/access_checks.ts";
import type { Region } from "../../lib/kernel/kernel.ts";
import {
  assert,
  assertEquals,
  assertMatch,
  assertStringIncludes,
  assertThrows,
} from "../assert.ts";
import { sharedModels } from "../model/shared_models.ts";
import { Numbers } from "./random_layer.ts";
import { assertClose } from "./same_as_reference.ts";

const rolling: PlanOptions = { fusion: "rolling" };
const pixels: PlanOptions = { fusion: "rolling", granularity: "pixel" };

/** What every model runs in: rows, pixels and patches, inputs in the arena and outside of it. */
const everyKind: readonly PlanOptions[] = [
  rolling,
  { ...rolling, input: "external", pixels: 4 },
  { ...pixels, input: "external" },
  { fusion: "patch", input: "external" },
  { fusion: "best", macBudget: 1.2, input: "external" },
  { fusion: "best", macBudget: 1.3, granularity: "pixel" },
];

function inputOf({ tensors, inputs: [input] }: Model): ConstantArray {
  const { dtype, shape } = tensors[input];
  const random = new Numbers(7);
  const count = elements(shape);
  if (dtype === "float32") return random.float32(count);
  const values = zeroValues(dtype, count) as Int8Array;
  return values.map(() => random.below(256) - 128);
}

/** Runs a model in plans, checked and unchecked. */
function runAll(model: Model, plans: readonly Plan[], { isChecked = [false, true] } = {}): void {
  const input = inputOf(model);
  const expected = runReference(model, [input]).outputs;
  for (const plan of plans) {
    for (const checked of isChecked) {
      using engine = createEngine(model, { plan, checked });
      assertEquals(engine.memory.arenaBytes, plan.peakBytes);
      run(engine, [input]).forEach((output, i) => {
        assertClose(output, expected[i], `${plan.fusion}, ${plan.input}, checked ${checked}`);
      });
    }
  }
}

for (const { name, bytes } of sharedModels()) {
  Deno.test(`${name} in the engine in every kind of segment`, () => {
    const model = readModel(bytes);
    runAll(model, everyKind.map((options) => planMemory(model, options)));
  });
}

const networks = {
  "mcunet-in0": { resolution: 48 },
  "mcunet-vww1": { explicitPadding: true, resolution: 64 },
  "proxyless-w0.3-r64": { resolution: 32 },
  mobilenet_v1: { width: 0.25, resolution: 64, classes: 10 },
  mobilenet_v2: { width: 0.35, resolution: 64, classes: 10 },
  "mlperf-tiny-ic": {},
} as const;

for (const [name, options] of Object.entries(networks)) {
  Deno.test(`${name} of the zoo in the engine in every kind of segment`, () => {
    const model = zoo(name, options);
    runAll(model, everyKind.map((each) => planMemory(model, each)));
  });
}

/** Peaks that plans without anything computed twice stay within, executed. */
const limits = {
  mcunet_vww1: [
    [rolling, 22_500],
    [{ ...rolling, input: "external" }, 17_500],
    [{ ...pixels, input: "external" }, 13_300],
  ],
  person_detect: [[rolling, 15_000]],
  kws_ref_model: [[rolling, 6_500]],
} as const;

for (const [name, within] of Object.entries(limits)) {
  const shared = sharedModels().find((model) => model.name === name);
  Deno.test({
    name: `${name} runs within its bytes, nothing computed twice (needs ../shared)`,
    ignore: shared === undefined,
    fn() {
      const model = readModel(shared!.bytes);
      const plans = within.map(([options, limitBytes]) => {
        const plan = planMemory(model, options);
        assert(plan.peakBytes <= limitBytes && plan.macFactor === 1, `${plan.peakBytes}`);
        return plan;
      });
      runAll(model, plans);
    },
  });
}

Deno.test("a segment is one layer of an engine; a profile says what it computes again", async () => {
  const model = zoo("mcunet-vww1", { resolution: 64 });
  const plan = planMemory(model, { fusion: "patch", input: "external" });
  using engine = createEngine(model, { plan });
  const [{ from, until, macs, macFactor }] = plan.segments;
  assert(macFactor > 1);
  const alone = plan.steps.filter(({ segment }) => segment === null).length;
  assertEquals(engine.layers.length, alone + plan.segments.length);
  const index = engine.layers.findIndex(({ segment }) => segment === 0);
  assertEquals([engine.layers[index].name, engine.layers[index].steps], ["SEGMENT", [from, until]]);
  const table = await profile(engine, { budgetMs: 20, environment: { gitCommit: null } });
  const rows = profileRows(table);
  assertEquals([rows[index].macs, rows[index].macFactor], [macs, macFactor]);
  assertEquals([rows[index].operator, rows[index].form], ["SEGMENT", "fused"]);
  const { macFactor: total, macs: done } = profileTotals(table);
  assertEquals(total, plan.macFactor);
  assertEquals(done, rows.reduce((sum, row) => sum + row.macs, 0));
});

Deno.test("a row that has taken another one's place in a ring is not read for it", () => {
  const model = zoo("mobilenet_v2", { width: 0.35, resolution: 64 });
  const plan = planMemory(model, { ...rolling, input: "external" });
  const [segment] = plan.segments;
  const calls = segment.passes.flatMap(({ microSteps }) => microSteps);
  const [ring] = segment.rings;
  const buffer = plan.buffers.find(({ id }) => id === ring.buffer)!;
  const reader = plan.steps.findIndex(({ inputs }) => inputs.includes(ring.tensor));
  const writer = plan.steps.findIndex(({ outputs }) => outputs.includes(ring.tensor));
  const checks = new AccessChecks({ model, plan, arenaAddress: 64 });
  const address = 64 + ring.offsetBytes;
  const region: Region = {
    name: "ring",
    space: "arena",
    offsetBytes: ring.offsetBytes,
    sizeBytes: buffer.sizeBytes,
    check: null,
  };
  const watch = (step: number) => (
    checks.watch(region, step, { buffer, ringTensor: ring.tensor }).check!
  );
  const [write, read] = [watch(writer), watch(reader)];
  const { checkCall, checkRead, checkWrite } = checks.host;
  const slotOf = (row: number) => address + row % ring.rows * ring.rowBytes;
  const callOf = (step: number, row: number) =>
    calls.findIndex((call) => (
      "operator" in call && call.operator === plan.steps[step].operator && call.rows[0] === row
    ));
  const store = (row: number) => {
    checkCall(0, callOf(writer, row));
    checkWrite(slotOf(row), 1, write);
  };
  store(0);
  checkCall(0, callOf(reader, 0));
  checkRead(slotOf(0), 1, read);
  // Its slot belongs to row 0 no more.
  store(ring.rows);
  checkCall(0, callOf(reader, 0));
  assertThrows(() => checkRead(slotOf(0), 1, read), Error, "belongs to byte");
  // And a call writes its own row alone.
  checkCall(0, callOf(writer, 0));
  assertThrows(() => checkWrite(slotOf(1), 1, write), Error, "where none of its pixels belongs");
});

Deno.test("segments run on the first of several threads, layers around them on all", () => {
  const model = zoo("mobilenet_v2", { width: 0.35, resolution: 64, classes: 10 });
  const techniques = ["fold-pad", "alias-views", "direct-kernels", "optimal-offsets"] as const;
  const plan = planMemory(model, { ...rolling, techniques });
  const input = inputOf(model);
  using engine = createEngine(model, { plan, threads: 2 });
  assert(engine.layers.some(({ segment }) => segment !== null));
  assert(engine.layers.some(({ isParallel }) => isParallel));
  assert(engine.layers.every(({ segment, isParallel }) => segment === null || !isParallel));
  assertEquals(run(engine, [input]), runReference(model, [input]).outputs);
});

Deno.test("a segment explains itself: rings, operators, kernels", async () => {
  const model = zoo("mobilenet_v2", { width: 0.35, resolution: 64, classes: 10 });
  using engine = createEngine(model, { plan: planMemory(model, rolling) });
  const index = engine.layers.findIndex(({ segment }) => segment !== null);
  const text = await explain(engine, index, { wat: true });
  assertMatch(text, /: segment 0 of the plan, \d+ operators, /);
  assertMatch(text, /Rings\n\n.*rows of \d+ B/s);
  for (const remark of engine.layers[index].remarks) assertStringIncludes(text, `- ${remark}\n`);
  assertMatch(text, /for .*call/);
});

Deno.test("mobilenet_v2 runs in less than an eighth and a twentieth of its layers' arena", () => {
  const model = zoo("mobilenet_v2");
  const external = { input: "external" } as const;
  const plans = [
    planMemory(model, { ...rolling, ...external }),
    planMemory(model, { fusion: "best", macBudget: 1.03, ...external }),
  ];
  assert(plans[0].peakBytes * 8 <= 1_404_928 && plans[0].macFactor === 1);
  assert(plans[1].peakBytes * 20 <= 1_404_928 && plans[1].macFactor <= 1.03);
  runAll(model, plans, { isChecked: [true] });
});
