import { macs } from "tinyloom/model";
import { devices, flashBytes, validatePlan } from "tinyloom/plan";
import { createEngine, profile } from "tinyloom/engine";
import {
  deploySubnetwork,
  findNetwork,
  type FindProgress,
  fitBaseline,
  imageSheet,
  largestGenes,
  mobileNetV2Space,
  optimizeSpace,
  resNetSpace,
  searchNetwork,
  searchSpaces,
  spaceTable,
  trainSupernet,
  wakeWordImages,
  wakeWordSpaces,
} from "tinyloom/search";
import { formatCount, tableFromRows } from "tinyloom/measure";
import {
  type AccuracyPoint,
  chartAccuracy,
  chartMemory,
  chartProfile,
  chartSpaceCdfs,
} from "tinyloom/chart";
import { progress, setupNotebook, show } from "tinyloom/notebook";

void setupNotebook();
const quick = Deno.env.get("TINYLOOM_QUICK") !== undefined;
const workers = navigator.hardwareConcurrency;
const grid = quick
  ? searchSpaces({ resolutions: [112, 144, 176], widths: [0.3, 0.5] })
  : searchSpaces();
const samples = quick ? 20 : 500;
const first = await optimizeSpace(grid, devices.stm32f746, { samples, workers });
await show(chartSpaceCdfs(first.rows));
const KIB = 1024;
const srams = quick ? [256, 320] : [192, 256, 320, 384, 512];
const moved: { flash: number; found: { resolution: number; width: number }[] }[] = [];
for (const flash of quick ? [1024] : [512, 1024, 2048]) {
  const found = [];
  for (const sram of srams) {
    const budget = { name: "budget", sramBytes: sram * KIB, flashBytes: flash * KIB };
    found.push((await optimizeSpace(grid, budget, { samples: quick ? 10 : 100, workers })).best);
  }
  moved.push({ flash, found });
}
await show(tableFromRows(moved.map(({ flash, found }) => ({
  Flash: `${flash} KiB`,
  ...Object.fromEntries(found.map(({ resolution, width }, at) => [`SRAM ${srams[at]} KiB`, `${resolution} px, width ${width}`])),
}))));
type Best = { resolution: number; width: number };
const steps1 = (pairs: readonly (readonly [Best, Best])[]): string => {
  const rose = (what: keyof Best) => pairs.filter(([from, to]) => to[what] > from[what]).length;
  const fell = (what: keyof Best) => pairs.filter(([from, to]) => to[what] < from[what]).length;
  return `the resolution grew in ${rose("resolution")} and fell in ${fell("resolution")}, ` +
    `the width grew in ${rose("width")} and fell in ${fell("width")}, of ${pairs.length} steps`;
};
const right = moved.flatMap(({ found }) => found.slice(1).map((to, at) => [found[at], to] as const));
const down = moved.slice(1).flatMap(({ found }, row) => found.map((to, at) => [moved[row].found[at], to] as const));
await show({
  markdown: [`- more SRAM: ${steps1(right)}`, ...down.length > 0 ? [`- more Flash: ${steps1(down)}`] : []].join("\n"),
});
const found = [];
for (const fitness of ["macs", "score"] as const) {
  const { best, plan } = await searchNetwork(first.best, devices.stm32f746, {
    fitness,
    workers,
    ...(quick ? { population: 10, parents: 3, generations: 1 } : { generations: 15 }),
    front: 1,
  });
  const { resolution, width, params } = best;
  found.push({ fitness, resolution, width, macs: best.macs, params, peak: plan.peakBytes });
}
await show(tableFromRows(found));
await show(await imageSheet(wakeWordImages({ seed: 1, count: 24, resolution: 64 }), { count: 24 }));
const device = devices.nano33iot;
const sizes = quick
  ? {
    spaces: wakeWordSpaces({ resolutions: [32, 48], widths: [0.2, 0.3] }),
    samples: 50,
    images: 256,
    steps: 10,
    tuningSteps: 10,
    networks: 20,
    population: 4,
    parents: 2,
    generations: 1,
    validationImages: 100,
    calibrationImages: 64,
    testImages: 100,
  }
  : {
    images: 12_000,
    steps: 1200,
    tuningSteps: 1200,
    population: 16,
    parents: 6,
    generations: 4,
    validationImages: 500,
    testImages: 4000,
  };
const bars = new Map<string, ReturnType<typeof progress>>();
const learning: { step: number; accuracy: number; what: string }[] = [];
const onProgress = (event: FindProgress) => {
  const name = event.stage === "search" ? `search, ${event.resolution} pixels` : event.stage;
  const [done, of, note] = event.stage === "spaces"
    ? [event.done, event.of, ""]
    : event.stage === "search"
    ? [event.generation + 1, event.generations + 1, `${(100 * event.fitness).toFixed(1)} % right`]
    : [event.step, event.steps, `${(100 * event.accuracy).toFixed(1)} % right`];
  if (!bars.has(name)) bars.set(name, progress(of, { label: name }));
  bars.get(name)!.update(done, note);
  if (event.stage === "training" || event.stage === "tuning") {
    learning.push({ step: event.step, accuracy: event.accuracy, what: event.stage });
  }
};
const startedMs = performance.now();
const answer = await findNetwork(device, { mostMacs: 1_000_000, ...sizes, workers, onProgress });
for (const bar of bars.values()) await bar.done();
const minutes = (performance.now() - startedMs) / 60_000;
await show(
  `${answer.evaluations} networks compared; ` +
    `${formatCount(answer.best.macs)} multiply-accumulates, ${answer.best.resolution} pixels; ` +
    `${minutes.toFixed(1)} minutes`,
);
await show(chartSpaceCdfs(answer.stage1, { title: `Spaces for the ${device.title}` }));
await show(spaceTable(answer.stage1.filter(({ satisfying }) => satisfying > 0)));
await show({
  $schema: "https://vega.github.io/schema/vega-lite/v5.json",
  width: 560,
  height: 240,
  title: "Learning: the super-network, then the best network alone",
  data: { values: learning },
  mark: { type: "line", interpolate: "monotone" },
  encoding: {
    x: { field: "step", type: "quantitative" },
    y: {
      field: "accuracy",
      type: "quantitative",
      scale: { zero: false },
      axis: { format: ".0%", title: "training images classed right" },
    },
    color: { field: "what", type: "nominal", legend: { title: null, orient: "top" } },
  },
});
const steps = answer.supernet.step + answer.tuned.step;
const resolutions = [...new Set(answer.stage1.map(({ resolution }) => resolution))];
const baselines = [];
for (const [kind, space] of [["MobileNetV2", mobileNetV2Space], ["ResNet-like", resNetSpace]] as const) {
  const [scaled] = fitBaseline(space, device, { resolutions, mostMacs: answer.best.macs });
  const bar = progress(steps, { label: kind });
  const trained = await trainSupernet({
    space: scaled.space,
    images: 2 * sizes.images,
    batch: 64,
    rate: 0.2,
    largestShare: 0,
    steps,
    workers,
    onProgress: ({ step, accuracy }) => bar.update(step, `${(100 * accuracy).toFixed(1)} % right`),
  });
  await bar.done();
  const genes = largestGenes(scaled.space);
  const { int8Accuracy, floatAccuracy } = deploySubnetwork(trained, {
    genes,
    images: sizes.testImages,
  });
  baselines.push({ ...scaled, kind, int8Accuracy, floatAccuracy });
}
const all = [
  { kind: "searched", ...answer.best, ...answer.deployed },
  ...baselines,
].map(({ kind, resolution, width, macs, params, peakBytes, flashBytes, floatAccuracy, int8Accuracy }) => (
  { kind, resolution, width, macs, params, peakBytes, flashBytes, floatAccuracy, int8Accuracy }
));
await show(tableFromRows(all));
const withInterval = (share: number) => {
  const half = 1.96 * Math.sqrt(share * (1 - share) / sizes.testImages);
  return { low: share - half, high: share + half, text: `${(100 * share).toFixed(1)} % (${(100 * (share - half)).toFixed(1)}–${(100 * (share + half)).toFixed(1)})` };
};
const [own, ...rivals] = all.map(({ kind, int8Accuracy }) => ({ kind, ...withInterval(int8Accuracy) }));
await show({
  markdown: rivals.map((rival) =>
    `- ${own.kind} ${own.text} against ${rival.kind} ${rival.text}: **${
      own.low > rival.high ? "better" : rival.low > own.high ? "worse" : "no difference that can be told"
    }**`
  ).join("\n"),
});
const points: AccuracyPoint[] = [
  ...answer.pareto.map(({ fitness, peakBytes, macs }) => ({
    kind: "in the super-network",
    accuracy: fitness,
    peakBytes,
    macs,
  })),
  ...all.map(({ kind, int8Accuracy, peakBytes, macs, resolution }) => ({
    kind,
    accuracy: int8Accuracy,
    peakBytes,
    macs,
    label: `${kind}, ${resolution} pixels`,
  })),
];
await show(chartAccuracy(points, { limit: device.sramBytes, limitName: "SRAM" }));
await show(chartAccuracy(points, { against: "macs" }));
const { model, plan, tflite, floatAccuracy, int8Accuracy } = answer.deployed;
const percent = (share: number): string => `${(100 * share).toFixed(2)} %`;
await show(
  `${formatCount(tflite.length)} bytes of .tflite, ${formatCount(macs(model))} multiply-accumulates; ` +
    `float32 ${percent(floatAccuracy)}, int8 ${percent(int8Accuracy)} right, where guessing is ` +
    `${percent(answer.data.chance)} and a linear model of the pixels ${percent(answer.data.linear)}; ` +
    `violations of the plan: ${validatePlan(plan, model).length}; ` +
    `Flash ${formatCount(Object.values(flashBytes(model)).reduce((a, b) => a + b))} bytes`,
);
await show(chartMemory(plan, { limitBytes: device.sramBytes }));
using engine = createEngine(model, { plan });
await show(chartProfile(await profile(engine, { budgetMs: quick ? 200 : 2000 })));
const rows = [];
for (const memory of ["in-place", "overlap", "rolling"] as const) {
  const spaces = quick
    ? wakeWordSpaces({ resolutions: [48, 64], widths: [0.3] })
    : wakeWordSpaces({ resolutions: [48, 64, 80, 96, 112, 128] });
  const { best } = await optimizeSpace(spaces, device, { memory, samples: quick ? 10 : 50, workers });
  const searched = await searchNetwork(best, device, {
    memory,
    workers,
    front: 1,
    ...(quick ? { population: 6, parents: 3, generations: 0 } : { population: 40, parents: 8, generations: 4 }),
  });
  const { resolution, width, macs, peakBytes } = searched.best;
  rows.push({ memory, resolution, width, macs, peakBytes });
}
await show(tableFromRows(rows));
const [planned, , rolled] = rows;
await show({
  markdown: `Rolling rows for depthwise in place: ${(rolled.macs / planned.macs).toPrecision(3)} times the multiply-accumulates, ` +
    `${rolled.resolution} pixels in place of ${planned.resolution}, within the same ${device.sramBytes / 1024} KiB.`,
});
export {};
