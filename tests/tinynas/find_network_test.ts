// From a device to a network: both stages, training and deployment together, small.
import {
  buildNetwork,
  findNetwork,
  type FindNetworkOptions,
  type FindState,
  fitBaseline,
  flashBytes,
  macs,
  mobileNetV2Space,
  planMemory,
  readFindState,
  readModel,
  resNetSpace,
  searchSpace,
  supernetGenes,
  supernetSpace,
  validatePlan,
  wakeWordSpaces,
  writeFindState,
} from "tinyloom";
import { assert, assertEquals, assertRejects, assertThrows } from "../assert.ts";

const device = { name: "small", sramBytes: 16_384, flashBytes: 65_536 };
const small: FindNetworkOptions = {
  spaces: wakeWordSpaces({ resolutions: [32, 40], widths: [0.2, 0.3], depths: [1, 2] }),
  samples: 20,
  images: 64,
  batch: 24,
  steps: 40,
  tuningSteps: 20,
  networks: 12,
  population: 5,
  parents: 2,
  generations: 2,
  front: 2,
  validationImages: 40,
  calibrationImages: 16,
  testImages: 40,
  seed: 3,
};

Deno.test("what it finds fits, runs in its plan, and is what the search planned", async () => {
  const stages = new Set<string>();
  const found = await findNetwork(device, {
    ...small,
    onProgress: ({ stage }) => stages.add(stage),
  });
  const { best, deployed, pareto, supernet, genes } = found;
  assertEquals([...stages], ["spaces", "training", "search", "tuning"]);
  assertEquals(readModel(deployed.tflite), deployed.model);
  assertEquals(validatePlan(deployed.plan, deployed.model), []);
  assertEquals(deployed.plan.peakBytes, best.peakBytes);
  assertEquals(macs(deployed.model), best.macs);
  assertEquals(Object.values(flashBytes(deployed.model)).reduce((a, b) => a + b), best.flashBytes);
  assert(best.peakBytes <= device.sramBytes && best.flashBytes <= device.flashBytes);
  assert(pareto.some((network) => network.fitness === best.fitness));
  assertEquals(supernetGenes(supernet.space, best), genes);
  const { resolution, width } = best;
  const [space] = wakeWordSpaces({ resolutions: [resolution], widths: [width], depths: [1, 2] });
  const model = buildNetwork({ space, genes: best.genes });
  assertEquals(model.operators.map(({ op }) => op), deployed.model.operators.map(({ op }) => op));
  assertThrows(
    () => supernetGenes(supernet.space, { ...best, width: 0.9 }),
    RangeError,
    "a network of width 0.9",
  );
});

Deno.test("the seed decides, not threads or interruptions", async () => {
  const whole = await findNetwork(device, small);
  const shared = await findNetwork(device, { ...small, workers: 2 });
  assertEquals([shared.best, shared.pareto], [whole.best, whole.pareto]);
  assertEquals(shared.deployed.tflite, whole.deployed.tflite);

  // Stopped while the super-network trains, while networks are compared, and while the best trains.
  for (const stage of ["training", "search", "tuning"]) {
    const controller = new AbortController();
    const { signal } = controller;
    let saved: FindState | null = null;
    const options: FindNetworkOptions = {
      ...small,
      signal,
      onProgress: (event) => event.stage === stage && controller.abort(),
      onState: (state) => {
        saved = readFindState(writeFindState(state));
      },
    };
    if (stage === "training") await assertRejects(() => findNetwork(device, options), DOMException);
    else assertEquals((await findNetwork(device, options)).ended, "aborted");
    const resumed = await findNetwork(device, { ...small, resume: saved! });
    assertEquals([resumed.ended, resumed.best], ["done", whole.best], stage);
    assertEquals(resumed.deployed.tflite, whole.deployed.tflite);
  }
});

Deno.test("states of other searches and memories that nothing fits are refused", async () => {
  const state: FindState = {
    format: "tinyloom super-network search",
    schemaVersion: 1,
    problem: "{}",
    supernet: null,
    searches: [],
    tuned: null,
  };
  await assertRejects(
    () => findNetwork(device, { ...small, resume: state }),
    TypeError,
    "the state is of another search",
  );
  await assertRejects(
    () => findNetwork({ ...device, sramBytes: 2000 }, small),
    RangeError,
    "fit 2000 B of SRAM",
  );
  await assertRejects(() => findNetwork(device, { ...small, resolutions: 0 }), RangeError);
  const spaces = [searchSpace({ resolution: 32, width: 0.2, classes: 2 })];
  await assertRejects(
    () => findNetwork(device, { ...small, spaces }),
    RangeError,
    "images of 3 channels, needed 1",
  );
});

Deno.test("a baseline is as wide as the memory admits", () => {
  for (const baseline of [mobileNetV2Space, resNetSpace]) {
    const budget = { name: "budget", sramBytes: 24_576, flashBytes: 131_072 };
    const options = { resolutions: [32, 40, 48], widths: [0.1, 0.2, 0.5, 1] };
    const fitted = fitBaseline(baseline, budget, options);
    fitted.forEach(({ peakBytes, flashBytes, macs }, i) => {
      assert(peakBytes <= budget.sramBytes && flashBytes <= budget.flashBytes);
      assert(i === 0 || macs <= fitted[i - 1].macs);
    });
    const [{ resolution, width }] = fitted;
    const wider = options.widths[options.widths.indexOf(width) + 1];
    if (wider === undefined) continue;
    assertThrows(
      () => fitBaseline(baseline, budget, { resolutions: [resolution], widths: [wider] }),
      RangeError,
      "at none of the resolutions",
    );
  }
});

Deno.test("MobileNetV2 needs the same arena as a space and as a trained network", () => {
  const width = 0.25;
  const budget = { name: "budget", sramBytes: 2 ** 20, flashBytes: 2 ** 20 };
  const [fitted] = fitBaseline(mobileNetV2Space, budget, { resolutions: [40], widths: [width] });
  const base = mobileNetV2Space({ width });
  const space = {
    ...searchSpace({ resolution: 40, width, classes: 2, inputChannels: 1 }),
    ...base,
    first: base.first!,
    head: base.head ?? null,
  };
  const genes = space.stages.flatMap(({ depths: [depth] }) => [
    depth,
    ...Array.from({ length: depth }, () => [3, 6]).flat(),
  ]);
  const model = buildNetwork({ space, genes });
  const techniques = ["in-place-depthwise", "optimal-offsets"] as const;
  assertEquals(planMemory(model, { techniques }).peakBytes, fitted.peakBytes);
  assertEquals(macs(model), fitted.macs);
  assertEquals(supernetSpace(space, { resolutions: [40] }), fitted.space);
});

Deno.test("the best is tuned as int8 computes it if asked for, and that can be interrupted", async () => {
  const options = { ...small, quantizedSteps: 40, quantizedRate: 0.02 };
  const stages = new Set<string>();
  let saved: FindState | null = null;
  const whole = await findNetwork(device, {
    ...options,
    onProgress: ({ stage }) => stages.add(stage),
  });
  assertEquals([...stages].at(-1), "quantizing");
  assert(whole.deployed.tflite.some((byte, i) => byte !== whole.calibrated.tflite[i]));
  assertEquals(whole.deployed.plan.peakBytes, whole.calibrated.plan.peakBytes);
  assertEquals(validatePlan(whole.deployed.plan, whole.deployed.model), []);

  const controller = new AbortController();
  await findNetwork(device, {
    ...options,
    signal: controller.signal,
    onProgress: (event) => event.stage === "quantizing" && event.step === 20 && controller.abort(),
    onState: (state) => {
      saved = readFindState(writeFindState(state));
    },
  });
  const resumed = await findNetwork(device, { ...small, ...options, resume: saved! });
  assertEquals(resumed.deployed.tflite, whole.deployed.tflite);
  await assertRejects(
    () => findNetwork(device, { ...small, quantizedSteps: -1 }),
    RangeError,
    "quantizedSteps is -1",
  );
});
