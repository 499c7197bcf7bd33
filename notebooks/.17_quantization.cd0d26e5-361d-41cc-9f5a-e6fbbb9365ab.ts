import {
  constantValues,
  multiplyByQuantizedMultiplier,
  quantizeMultiplier,
  readModel,
  writeModel,
  zoo,
} from "tinyloom/model";
import { devices, flashBytes, planMemory } from "tinyloom/plan";
import { quantizeValues, realValues, runReference } from "tinyloom/engine";
import { emitC } from "tinyloom/deploy";
import {
  floatModel,
  largestGenes,
  modelAccuracy,
  quantizeNetwork,
  subnetwork,
  type SupernetSpace,
  trainSupernet,
  wakeWordImages,
} from "tinyloom/search";
import { formatCount, formatShare, tableFromRows } from "tinyloom/measure";
import { progress, setupNotebook, show } from "tinyloom/notebook";

void setupNotebook();
const quick = Deno.env.get("TINYLOOM_QUICK") !== undefined;
const quantizationOf = (least: number, most: number) => {
  const scale = Math.fround((most - least) / 255);
  return { scales: [scale], zeroPoints: [Math.round(-128 - least / scale)], axis: 0 };
};
const tensorOf = (least: number, most: number) => ({
  ...{ name: "x", dtype: "int8" as const, shape: [1], data: null, isVariable: false },
  quantization: quantizationOf(least, most),
});
const ranges = [[-1, 1], [0, 6], [-0.5, 3]] as const;
await show(tableFromRows(ranges.map(([least, most]) => {
  const tensor = tensorOf(least, most);
  const steps = 10_000;
  const reals = Float32Array.from({ length: steps + 1 }, (_, i) => least + (most - least) * i / steps);
  const back = realValues(quantizeValues(reals, tensor), tensor);
  const { scales: [scale], zeroPoints: [zeroPoint] } = tensor.quantization;
  return {
    range: `${least} to ${most}`,
    scale,
    zeroPoint,
    largestErrorInScales: Math.max(...reals.map((x, i) => Math.abs(x - back[i]))) / scale,
    outsideOfTheRange: realValues(quantizeValues(Float32Array.of(2 * most), tensor), tensor)[0] / most,
  };
})));
const space: SupernetSpace = {
  resolutions: [32],
  stem: 8,
  first: 8,
  stages: [{ channels: 16, stride: 2, depths: [2] }, { channels: 24, stride: 2, depths: [2] }],
  kernels: [3],
  expansions: [4],
  head: null,
  classes: 2,
};
const steps = quick ? 60 : 3000;
const bar = progress(steps, { label: "training" });
const trained = await trainSupernet({
  space,
  images: quick ? 1000 : 12_000,
  steps,
  batch: 64,
  rate: 0.2,
  largestShare: 0,
  workers: navigator.hardwareConcurrency,
  onProgress: ({ step, accuracy }) => bar.update(step, `${formatShare(accuracy)} right`),
});
await bar.done();
const resolution = space.resolutions[0];
const calibration = wakeWordImages({ seed: 2, count: quick ? 64 : 256, resolution });
const test = wakeWordImages({ seed: 3, count: quick ? 300 : 4000, resolution });
const network = subnetwork(trained, { genes: largestGenes(space), calibration });
const reals = floatModel(network);
await show(
  `${reals.operators.length} operators, ${formatCount(flashBytes(reals).weightsBytes / 4)} weights; ` +
    `float32: ${formatShare(modelAccuracy(reals, test))} of ${test.labels.length} new images right`,
);
const first = (count: number) => ({
  ...calibration,
  labels: calibration.labels.slice(0, count),
  pixels: calibration.pixels.slice(0, count * resolution ** 2),
});
const counts = [1, 4, 16, 64, 256].filter((count) => count <= calibration.labels.length);
const calibrated = counts.map((images) => ({ images, model: quantizeNetwork(network, first(images)) }));
const lastAdd = reals.operators.findLast(({ op }) => op === "ADD")!.outputs[0];
await show(tableFromRows(calibrated.map(({ images, model }) => {
  const { scales: [scale], zeroPoints: [zeroPoint], min, max } = model.tensors[lastAdd].quantization!;
  return { images, least: min![0], most: max![0], scale, zeroPoint, accuracy: modelAccuracy(model, test) };
})));
const int8 = calibrated.at(-1)!.model;
const filterOf = (model: typeof int8, name: string) => {
  const operator = model.operators.find(({ outputs: [output] }) => model.tensors[output].name === name)!;
  return { tensor: model.tensors[operator.inputs[1]], operator };
};
const layerName = network.layers.filter(({ kind }) => kind === "depthwise").at(-1)!.name;
const { tensor: filter } = filterOf(reals, layerName);
const weights = constantValues(filter) as Float32Array;
const channels = filter.shape[3];
const largestOf = Array.from({ length: channels }, (_, c) =>
  Math.max(...weights.filter((_, i) => i % channels === c).map(Math.abs)));
await show({
  $schema: "https://vega.github.io/schema/vega-lite/v5.json",
  width: 560,
  height: 160,
  title: `Largest weight of each channel of ${layerName}`,
  data: { values: largestOf.toSorted((a, b) => b - a).map((largest, channel) => ({ channel, largest })) },
  mark: "bar",
  encoding: {
    x: { field: "channel", type: "ordinal", axis: { labels: false, title: "channels, by size" } },
    y: { field: "largest", type: "quantitative", title: "largest absolute weight" },
  },
});
const most = Math.max(...largestOf);
const errorOf = (bits: 4 | 8, scalePer: "channel" | "tensor") => {
  const { tensor } = filterOf(quantizeNetwork(network, first(16), { weightBits: bits, scalePer }), layerName);
  const { scales } = tensor.quantization!;
  const values = constantValues(tensor) as Int8Array;
  let [signal, noise] = [0, 0];
  weights.forEach((weight, i) => {
    signal += weight ** 2;
    noise += (weight - values[i] * scales[scales.length === 1 ? 0 : i % channels]) ** 2;
  });
  return 10 * Math.log10(signal / noise);
};
await show(tableFromRows(([4, 8] as const).flatMap((bits) => {
  const levels = bits === 8 ? 127 : 7;
  return [
    {
      weights: `int${bits}, one scale`,
      fewestMarksPerChannel: Math.floor(levels * Math.min(...largestOf) / most),
      signalToNoiseDb: errorOf(bits, "tensor"),
    },
    {
      weights: `int${bits}, a scale a channel`,
      fewestMarksPerChannel: levels,
      signalToNoiseDb: errorOf(bits, "channel"),
    },
  ];
})));
const stem = int8.operators[0];
const [x, w, b] = stem.inputs.map((index) => int8.tensors[index]);
const y = int8.tensors[stem.outputs[0]];
const image = quantizeValues(
  Float32Array.from(test.pixels.subarray(0, resolution ** 2), (p) => (p - 128) / 128),
  x,
) as Int8Array;
const stored = new Map<number, Int8Array>();
runReference(int8, [image], { onTensor: (index, values) => stored.set(index, (values as Int8Array).slice()) });
const results = stored.get(stem.outputs[0])!;
const at = results.findIndex((value, i) => i > results.length / 2 && value > -120 && value < 120);
const [, , columns, stemChannels] = y.shape;
const channel = at % stemChannels;
const [row, column] = [Math.floor(at / stemChannels / columns), Math.floor(at / stemChannels) % columns];
await show(`row ${row}, column ${column}, channel ${channel}: the engine's reference stores ${results[at]}`);
const factor = x.quantization!.scales[0] * w.quantization!.scales[channel] / y.quantization!.scales[0];
const { multiplier, shift } = quantizeMultiplier(factor);
await show(tableFromRows([{
  factor,
  multiplier,
  shift,
  again: multiplier * 2 ** (shift - 31),
  relativeError: multiplier * 2 ** (shift - 31) / factor - 1,
}]));
const window = w.shape[1];
const filterValues = constantValues(w) as Int8Array;
let sum = (constantValues(b) as Int32Array)[channel];
for (let p = 0; p < window; p++) {
  for (let q = 0; q < window; q++) {
    // SAME padding at stride 2 on an even image: nothing before the first pixel, one behind the last.
    const [v, u] = [2 * row + p, 2 * column + q];
    const pixel = v < resolution && u < resolution ? image[v * resolution + u] : x.quantization!.zeroPoints[0];
    sum += (pixel - x.quantization!.zeroPoints[0]) * filterValues[(channel * window + p) * window + q];
  }
}
const scaled = multiplyByQuantizedMultiplier(sum, { multiplier, shift });
const byHand = scaled + y.quantization!.zeroPoints[0];
if (byHand !== results[at]) throw new Error(`${byHand} by hand, ${results[at]} in the engine`);
await show(tableFromRows([{
  sum,
  sumAsReal: sum * x.quantization!.scales[0] * w.quantization!.scales[channel],
  scaled,
  plusZeroPoint: byHand,
  engine: results[at],
  asReal: y.quantization!.scales[0] * scaled,
}]));
const { files } = emitC(int8, { prefix: "figure", target: "portable" });
const source = files["figure.c"].split("\n");
const head = source.findIndex((line) => /multiply_by_quantized_multiplier\(.*\{$/.test(line));
const tail = source.findIndex((line, i) => i > head && line === "}");
if (head < 0) throw new Error("the function is not in the file");
await show({ markdown: ["```c", ...source.slice(head, tail + 1), "```"].join("\n") });
const tried = quick ? 20_000 : 200_000;
let different = 0;
for (let s = -tried; s <= tried; s++) {
  if (multiplyByQuantizedMultiplier(s, { multiplier, shift }) !== Math.round(s * factor)) different++;
}
await show(`${formatCount(different)} of ${formatCount(2 * tried + 1)} sums, ` +
  `${formatShare(different / (2 * tried + 1))}; the difference is one mark.`);
const real = new Map<number, Float32Array>();
const pictures = Array.from({ length: quick ? 8 : 64 }, (_, i) =>
  Float32Array.from(test.pixels.subarray(i * resolution ** 2, (i + 1) * resolution ** 2), (p) => (p - 128) / 128));
const noiseOf = (model: typeof int8) => {
  const sums = new Map<string, { signal: number; noise: number }>();
  for (const picture of pictures) {
    runReference(reals, [picture], {
      onTensor: (index, values) => real.set(index, (values as Float32Array).slice()),
    });
    runReference(model, [quantizeValues(picture, model.tensors[model.inputs[0]])], {
      onTensor: (index, values) => {
        const tensor = model.tensors[index];
        const found = realValues(values, tensor);
        const all = sums.get(tensor.name) ?? { signal: 0, noise: 0 };
        real.get(index)!.forEach((value, i) => {
          all.signal += value ** 2;
          all.noise += (value - found[i]) ** 2;
        });
        sums.set(tensor.name, all);
      },
    });
  }
  return [...sums].map(([tensor, { signal, noise }], layer) => (
    { layer, tensor, decibels: 10 * Math.log10(signal / noise) }
  ));
};
const forms = {
  "int8": {},
  "int8, one scale": { scalePer: "tensor" },
  "int4 weights": { weightBits: 4 },
  "int16 activations": { activationBits: 16 },
} as const;
const models = Object.entries(forms).map(([form, options]) => (
  // Through a file, as it would be deployed.
  { form, model: readModel(writeModel(quantizeNetwork(network, calibration, options))) }
));
await show({
  $schema: "https://vega.github.io/schema/vega-lite/v5.json",
  width: 560,
  height: 240,
  title: "Signal to noise, layer by layer",
  data: { values: models.flatMap(({ form, model }) => noiseOf(model).map((row) => ({ form, ...row }))) },
  mark: { type: "line", point: true },
  encoding: {
    x: { field: "layer", type: "quantitative" },
    y: { field: "decibels", type: "quantitative", title: "dB" },
    color: { field: "form", type: "nominal", legend: { orient: "top", title: null } },
    tooltip: [{ field: "tensor" }, { field: "decibels", format: ".1f" }],
  },
});
// Kernels of the C for a Cortex-M4, whose DSP extension multiplies two pairs at once.
const scalarShare = (model: typeof int8): number => {
  const { layers } = emitC(model, { prefix: "figure", target: "cortex-m4" });
  return layers.filter(({ kernel }) => / scalar$| float32/.test(kernel)).length / layers.length;
};
const rows = [{ form: "float32", model: reals }, ...models].map(({ form, model }) => {
  const { weightsBytes, biasBytes, quantizationBytes } = flashBytes(model);
  return {
    form,
    accuracy: modelAccuracy(model, test),
    weightsBytes,
    biasesAndScalesBytes: biasBytes + quantizationBytes,
    arenaBytes: planMemory(model).peakBytes,
    constantsInC: emitC(model, { prefix: "figure", target: "cortex-m4" }).memory.constantBytes,
    layersWithoutDspInC: scalarShare(model),
  };
});
await show(tableFromRows(rows));
const byForm = new Map(rows.map((row) => [row.form, row]));
const [f32, i8, i4, i16] = ["float32", "int8", "int4 weights", "int16 activations"].map((form) => byForm.get(form)!);
const points = (to: typeof f32, from: typeof f32) =>
  `${(100 * (to.accuracy - from.accuracy)).toFixed(2)} points of accuracy`;
const standardError = 100 * Math.sqrt(f32.accuracy * (1 - f32.accuracy) / test.labels.length);
await show({
  markdown: [
    `- float32 to int8: ${points(i8, f32)}, weights ${(f32.weightsBytes / i8.weightsBytes).toFixed(1)} times ` +
    `and the arena ${(f32.arenaBytes / i8.arenaBytes).toFixed(1)} times smaller.`,
    `- int8 to int4 weights: ${points(i4, i8)}; weights ${(i8.weightsBytes / i4.weightsBytes).toFixed(1)} times ` +
    `smaller (**Flash**), the arena ${i4.arenaBytes === i8.arenaBytes ? "unchanged" : "changed"}.`,
    `- int8 to int16 activations: ${points(i16, i8)}; the arena ` +
    `${(i16.arenaBytes / i8.arenaBytes).toFixed(1)} times larger (**SRAM**).`,
    `- On ${test.labels.length} images a share like these is known to ±${standardError.toFixed(1)} points ` +
    "(standard error): smaller differences are no news.",
  ].join("\n"),
});
const percent = (share: number) => formatShare(share);
await show({
  markdown: `- Our C ${i4.constantsInC < 0.75 * i8.constantsInC ? "keeps int4 packed" : "unpacks int4 when it is written"}: ` +
    `${formatCount(i4.constantsInC)} B of constants with int4 weights, ${formatCount(i8.constantsInC)} B with int8.\n` +
    `- Layers without the DSP extension: int8 ${percent(i8.layersWithoutDspInC)}, int4 weights ` +
    `${percent(i4.layersWithoutDspInC)}, int16 activations ${percent(i16.layersWithoutDspInC)}.`,
});
const chip = devices.stm32f746;
const names = quick ? ["mcunet-in3"] : ["mcunet-in2", "mcunet-in3", "mcunet-in4", "mobilenet_v2"];
await show(tableFromRows(names.map((name) => {
  const model = zoo(name);
  const { weightsBytes } = flashBytes(model);
  const { peakBytes } = planMemory(model);
  return {
    model: name,
    weightsOfFlash: weightsBytes / chip.flashBytes,
    withInt4: weightsBytes / 2 / chip.flashBytes,
    arenaOfSram: peakBytes / chip.sramBytes,
    withInt16: 2 * peakBytes / chip.sramBytes,
  };
})));
export {};
