// Searches and their controls, small: limits kept, the same bits however often stopped, tables that add up.
import {
  compareSearches,
  type CompareSearchesOptions,
  type CompareState,
  devices,
  estimateLatency,
  flashBytes,
  kendallTau,
  macs,
  mcnemar,
  meanInterval,
  modelAccuracy,
  planMemory,
  readCompareState,
  readModel,
  resizeData,
  type SearchArm,
  searchArms,
  tableToRows,
  techniqueNames,
  validatePlan,
  wakeWordImages,
  wakeWordSpaces,
  writeCompareState,
} from "tinyloom";
import {
  assert,
  assertAlmostEquals,
  assertEquals,
  assertRejects,
  assertThrows,
} from "../assert.ts";

const small = { name: "small", sramBytes: 24_576, flashBytes: 131_072 };
const test = wakeWordImages({ seed: 12, count: 60, resolution: 28 });
const options: CompareSearchesOptions = {
  data: {
    train: wakeWordImages({ seed: 11, count: 80, resolution: 28 }),
    validation: wakeWordImages({ seed: 13, count: 40, resolution: 28 }),
    test,
  },
  device: small,
  spaces: wakeWordSpaces({ resolutions: [32, 40], widths: [0.2, 0.3], depths: [1, 2] }),
  arms: Object.keys(searchArms) as SearchArm[],
  seeds: [1, 2],
  mostMacs: 1_500_000,
  samples: 20,
  networks: 12,
  batch: 16,
  steps: 40,
  tuningSteps: 20,
  trialSteps: 20,
  population: 4,
  parents: 2,
  generations: 1,
  searchImages: 20,
  calibrationImages: 16,
  pieceSteps: 20,
};

interface Row {
  readonly arm: SearchArm;
  readonly seed: number;
  readonly macs: number;
  readonly peakBytes: number;
  readonly flashBytes: number;
  readonly accuracy: number;
  readonly evaluations: number;
  readonly chosenBy: number | null;
  readonly onlyThis: number;
  readonly onlyBaseline: number;
  readonly midP: number;
  readonly latencyMs: number | null;
}

const rounds: string[][] = [];
const whole = await compareSearches({
  ...options,
  onProgress: ({ parts }) => rounds.push([...parts]),
});
const rows = tableToRows(whole.table) as unknown as readonly Row[];

function fileOf(state: CompareState, row: Row, device = "small") {
  const part = `${device}, seed ${row.seed}/${row.arm}/deployed`;
  return readModel((state.results[part] as { readonly tflite: Uint8Array }).tflite);
}

Deno.test("every arm's network keeps to the limits by its own plan, and is what the row says", () => {
  assertEquals(rows.map(({ arm, seed }) => `${arm} ${seed}`).length, 2 * options.arms!.length);
  for (const row of rows) {
    const model = fileOf(whole.state, row);
    const techniques = techniqueNames.filter((name) => name !== "overlap");
    const plan = planMemory(model, { techniques });
    assertEquals(validatePlan(plan, model), []);
    assertEquals(plan.peakBytes, row.peakBytes);
    assert(row.peakBytes <= small.sramBytes, row.arm);
    assertEquals(Object.values(flashBytes(model)).reduce((a, b) => a + b), row.flashBytes);
    assert(row.flashBytes <= small.flashBytes, row.arm);
    assertEquals(macs(model), row.macs);
    assert(row.macs <= options.mostMacs!, row.arm);
    assertEquals(row.latencyMs, null);
  }
});

Deno.test("arms are the controls that they are called", () => {
  const of = (name: SearchArm) => rows.filter(({ arm }) => arm === name);
  of("evolution").forEach((evolved, at) => {
    assertEquals(of("random")[at].evaluations, evolved.evaluations);
    assertEquals(of("scratch")[at].macs, evolved.macs);
    assertEquals(of("scratch")[at].chosenBy, evolved.chosenBy);
    for (const arm of ["evolution", "random"] as const) {
      assert(of("largest")[at].macs >= of(arm)[at].macs, arm);
    }
    for (const arm of ["largest", "entropy"] as const) {
      assertEquals([of(arm)[at].evaluations, of(arm)[at].chosenBy], [0, null]);
    }
    assertEquals(of("mobilenetv2")[at].evaluations, 2);
  });
});

Deno.test("the test images are asked when all networks are trained, once for each of them", () => {
  const parts = rounds.flat();
  const answers = parts.filter((part) => part.endsWith("/answers"));
  assertEquals(answers.length, rows.length);
  assertEquals(parts.slice(-answers.length), answers);
  assertEquals(parts.filter((part) => part.endsWith("/deployed")).length, rows.length);
});

Deno.test("accuracies and tests are those of the files' answers", () => {
  for (const row of rows) {
    const model = fileOf(whole.state, row);
    const [, height, width] = model.tensors[model.inputs[0]].shape;
    assertAlmostEquals(modelAccuracy(model, resizeData(test, { height, width })), row.accuracy);
    const answersOf = (arm: SearchArm) =>
      whole.state.results[`small, seed ${row.seed}/${arm}/answers`] as Uint16Array;
    const right = (arm: SearchArm, image: number) => answersOf(arm)[image] === test.labels[image];
    let [onlyThis, onlyBaseline] = [0, 0];
    test.labels.forEach((_, image) => {
      const [own, other] = [right(row.arm, image), right("mobilenetv2", image)];
      if (own && !other) onlyThis++;
      if (other && !own) onlyBaseline++;
    });
    assertEquals([row.onlyThis, row.onlyBaseline], [onlyThis, onlyBaseline]);
    assertEquals(row.midP, mcnemar({ onlyFirst: onlyThis, onlySecond: onlyBaseline }).midP);
  }
  const summary = tableToRows(whole.summary);
  assertEquals(summary.map(({ arm }) => arm), [...options.arms!]);
  for (const { arm, accuracy, accuracyLow, differenceHigh } of summary) {
    const of = (name: unknown) => rows.filter((row) => row.arm === name);
    const own = of(arm).map((row) => row.accuracy);
    assertEquals([accuracy, accuracyLow], [meanInterval(own).mean, meanInterval(own).low]);
    const differences = own.map((each, at) => each - of("mobilenetv2")[at].accuracy);
    assertEquals(differenceHigh, arm === "mobilenetv2" ? null : meanInterval(differences).high);
  }
});

Deno.test("taus are those of the random networks' scores and inherited accuracies", () => {
  const ranks = tableToRows(whole.ranks);
  assertEquals(new Set(ranks.map(({ score }) => score)).size, 6);
  for (const { seed, resolution, score, networks, tau } of ranks) {
    const start = `small, seed ${seed}/`;
    const rated = [0, 1].flatMap((draw) => {
      const found = whole.state.results[`${start}random/${resolution}/${draw}`];
      return (found as { state: { population: { fitness: number }[] } }).state.population;
    });
    const scores = whole.state.results[`${start}scores/${resolution}`] as Record<string, number>[];
    assertEquals(networks, rated.length);
    const inherited = rated.map(({ fitness }) => fitness);
    assertEquals(tau, kendallTau(scores.map((each) => each[score as string]), inherited));
  }
});

Deno.test("threads change no byte of the state, and neither does stopping after any round", async () => {
  const few: CompareSearchesOptions = {
    ...options,
    ...{ arms: ["evolution", "random", "mobilenetv2"], seeds: [1], steps: 40, tuningSteps: 20 },
    spaces: wakeWordSpaces({ resolutions: [32, 40], widths: [0.2], depths: [1] }),
  };
  const once = await compareSearches(few);
  const text = writeCompareState(once.state);
  const shared = await compareSearches({ ...few, workers: 2 });
  assertEquals(writeCompareState(shared.state), text);

  let [saved, stops]: [string | null, number] = [null, 0];
  for (;;) {
    const controller = new AbortController();
    const run = compareSearches({
      ...few,
      signal: controller.signal,
      ...(saved !== null && { resume: readCompareState(saved) }),
      onState: (state) => {
        saved = writeCompareState(state);
        controller.abort();
      },
    });
    const ended = await run.catch((error) => {
      if (error !== controller.signal.reason) throw error;
      return null;
    });
    if (ended !== null) {
      assertEquals(writeCompareState(ended.state), text);
      assertEquals(tableToRows(ended.table), tableToRows(once.table));
      break;
    }
    stops++;
  }
  assert(stops >= 6, String(stops));
});

Deno.test("latency and fused plans are limits of every arm", async () => {
  const device = { ...devices.nano33ble, sramBytes: 16_384 };
  const { table, state } = await compareSearches({
    ...options,
    device,
    arms: ["largest", "mobilenetv2"],
    seeds: [1],
    memory: "rolling",
    mostLatencyMs: 60,
  });
  for (const row of tableToRows(table) as unknown as Row[]) {
    const model = fileOf(state, row, device.name);
    const plan = planMemory(model, { fusion: "rolling" });
    assertEquals(plan.peakBytes, row.peakBytes);
    assert(row.peakBytes <= device.sramBytes);
    assertEquals(row.latencyMs, estimateLatency(model, { device, plan }).milliseconds);
    assert(row.latencyMs! <= 60, String(row.latencyMs));
  }
});

Deno.test("what cannot be compared is refused", async () => {
  const refused = (more: Partial<CompareSearchesOptions>, message: string) =>
    assertRejects(() => compareSearches({ ...options, ...more }), RangeError, message);
  await refused({ arms: [] }, "arms are []");
  await refused({ seeds: [1, 1] }, "seeds are [1, 1]");
  await refused({ arms: ["largest"], baseline: "random" }, "the baseline random is none");
  await refused({ arms: ["best" as "random"] }, 'arm "best", needed one of evolution');
  await refused({ pieceSteps: 30 }, "needed a multiple of 20");
  await refused({ searchImages: 0 }, "searchImages is 0");
  const spaces = wakeWordSpaces({ resolutions: [32] }).map((space) => ({ ...space, classes: 3 }));
  await refused({ spaces }, "a space of 1 channels and 3 classes, needed 1 and 2");
  await assertRejects(
    () => compareSearches({ ...options, resume: { ...whole.state, problem: "{}" } }),
    TypeError,
    "the state is of another comparison",
  );
  assertThrows(() => readCompareState("[]"), TypeError, "no search comparison");
});
