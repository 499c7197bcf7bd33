import {
  benchConv,
  chartMemory,
  chartSpeedup,
  convTimingRows,
  type ConvVariantName,
  convVariants,
  createEngine,
  depthwiseDelay,
  elements,
  environment,
  execute,
  formatCount,
  formatShare,
  memoryUse,
  type Model,
  type Plan,
  planMemory,
  profile,
  profileRows,
  pseudocode,
  randomFrame,
  randomInputs,
  run,
  runReference,
  setupNotebook,
  show,
  tableFromRows,
  techniqueNames,
  verdict,
  verdicts,
  zoo,
} from "tinyloom";

const notebook = setupNotebook();
const quick = Deno.env.get("TINYLOOM_QUICK") !== undefined;
const toy = convVariants({
  height: 6,
  width: 6,
  inChannels: 4,
  outChannels: 4,
  kernel: [3, 3],
  padding: "same",
  depthwise: true,
});
await show(pseudocode(toy.direct));
await show(pseudocode(toy.inPlaceChannel!));
const rows = pseudocode(toy.inPlaceRows!).split("\n");
const firstRound = rows.findIndex((line) => line.startsWith("for (round"));
await show(rows.slice(firstRound, firstRound + 10).join("\n") + "\n  ...");
const inputs = randomInputs(toy.direct, { seed: 11 });
const expected = execute(toy.direct, inputs).O;
for (const name of ["inPlaceChannel", "inPlaceRows"] as const) {
  const found = execute(toy[name]!, inputs).O;
  const worst = Math.max(...Array.from(found, (value, at) => Math.abs(value - expected[at])));
  await show(`${name}: largest difference ${worst}`);
}
const side = quick ? 8 : 20;
const n = quick ? 16 : 160;
const shape = {
  height: side,
  width: side,
  inChannels: n,
  outChannels: n,
  kernel: [3, 3],
  padding: "same",
  depthwise: true,
} as const;
const variants = convVariants(shape);
const names = ["channels", "inPlaceChannel", "inPlaceRows"] as const satisfies readonly ConvVariantName[];
const channelBytes = 4 * side * side;
const counted = names.map((variant) => {
  const { inputBytes, outputBytes, scratchBytes, activationBytes } = memoryUse(variants[variant]!);
  return { variant, inputBytes, outputBytes, scratchBytes, activationBytes, channels: activationBytes / channelBytes };
});
await show(tableFromRows(counted));
const padded = (side + 2) ** 2;
await show(
  `2 N = ${2 * n}; N + ${padded} / ${side * side} = ${(n + padded / (side * side)).toFixed(2)}; ` +
    `with a ring of rows N + ${((3 * (side + 2) * n) / (side * side)).toFixed(1)}`,
);
const whole = zoo("mcunet-in4");
const first = whole.operators.findIndex(({ outputs: [out] }) => whole.tensors[out].name === "block2/expand");
const operators = whole.operators.slice(first, first + 4);
const block: Model = {
  ...whole,
  name: "an inverted residual block",
  operators,
  inputs: [operators[0].inputs[0]],
  outputs: [operators[3].outputs[0]],
};
await show(tableFromRows(operators.map(({ op, inputs: [from], outputs: [to] }) => ({
  operator: op,
  input: whole.tensors[from].shape.join("x"),
  output: whole.tensors[to].shape.join("x"),
  outputBytes: elements(whole.tensors[to].shape),
}))));
const others = techniqueNames.filter((name) => name !== "in-place-depthwise" && name !== "overlap");
const before = planMemory(block, { techniques: others });
await show(chartMemory(before, { title: `Before: ${formatCount(before.peakBytes)} bytes`, height: 260 }));
const after = planMemory(block, { techniques: [...others, "in-place-depthwise"] });
await show(chartMemory(after, { title: `After: ${formatCount(after.peakBytes)} bytes`, height: 260, limitBytes: before.peakBytes }));
const wide = operators[1];
const [, height, width, wideChannels] = whole.tensors[wide.inputs[0]].shape;
const plane = height * width;
const resident = elements(whole.tensors[block.inputs[0]].shape);
const at = (plan: Plan) => plan.steps.findIndex(({ operator }) => operator === 1);
const used = (plan: Plan) => {
  const step = at(plan);
  const alive = plan.buffers.filter(({ from, until }) => from <= step && step < until);
  return Math.max(...alive.map(({ offsetBytes, sizeBytes }) => offsetBytes + sizeBytes)) - resident;
};
const ring = after.buffers.find(({ id }) => id === after.steps[at(after)].ring)!;
const { delayPixels, channelsAtOnce } = after.steps[at(after)];
await show(tableFromRows([
  { plan: "before", bytes: used(before), channels: used(before) / plane, formula: `2 N = ${2 * wideChannels}` },
  { plan: "TinyEngine", bytes: (wideChannels * plane) + (height + 2) * (width + 2), channels: wideChannels + (height + 2) * (width + 2) / plane, formula: `N + 1 = ${wideChannels + 1}, one with padding` },
  { plan: "after", bytes: used(after), channels: used(after) / plane, formula: `N + a ring of ${delayPixels} pixels of ${channelsAtOnce} channels` },
]));
const delay = (kernel: number) =>
  depthwiseDelay({
    batches: 1,
    inputHeight: height,
    inputWidth: width,
    outputHeight: height,
    outputWidth: width,
    kernelHeight: kernel,
    kernelWidth: kernel,
    strideH: 1,
    strideW: 1,
    dilationH: 1,
    dilationW: 1,
    top: (kernel - 1) / 2,
    left: (kernel - 1) / 2,
    inputPixelBytes: wideChannels,
    outputPixelBytes: wideChannels,
    outputElementBytes: 1,
  });
await show(tableFromRows([3, 5, 7].map((kernel) => ({
  kernel: `${kernel}x${kernel}`,
  delayPixels: delay(kernel),
  rowsAndPixels: `${(kernel - 1) / 2} rows and ${(kernel - 1) / 2} pixels`,
  ofChannel: formatShare(delay(kernel) / plane),
}))));
const plans = {
  "out of place": before,
  "in place, ring as planned": after,
  "in place, at least 16 channels": planMemory(block, { techniques: [...others, "in-place-depthwise"], channels: 16 }),
};
const frame = randomFrame(block, { seed: 11 });
const reference = runReference(block, frame).outputs;
const timed = [];
for (const [plan, each] of Object.entries(plans)) {
  using engine = createEngine(block, { plan: each });
  const same = run(engine, frame).every((values, i) => values.every((value, at) => value === reference[i][at]));
  const times = profileRows(await profile(engine, { budgetMs: quick ? 200 : 3_000 }));
  const { minNs, kernel } = times.find(({ operator }) => operator === "DEPTHWISE_CONV_2D")!;
  const channelsAtOnce = each.steps[at(each)].channelsAtOnce ?? 0;
  timed.push({ plan, peakBytes: each.peakBytes, channelsAtOnce, kernel, depthwiseMinNs: minNs, equal: same });
}
await show(tableFromRows(timed));
const table = await benchConv(shape, {
  variants: ["direct", ...names],
  budgetMs: quick ? 300 : 10_000,
  baseline: "channels",
  signal: notebook.interruptSignal(),
});
await show(tableFromRows(convTimingRows(table).map(({ kernel, samples, minNs, gmacPerS, speedup, verified }) => {
  const { activationBytes } = memoryUse(variants[kernel as ConvVariantName]!, { weights: ["W"] });
  return { kernel, samples, minNs, gmacPerS, speedup, activationBytes, verified };
})));
await show(chartSpeedup(table));
await show(verdicts(table).join("\n"));
const row = (kernel: string) => convTimingRows(table).find((each) => each.kernel === kernel)!;
const { cpuModel, deno } = environment();
const [outOfPlace, inPlace] = timed;
await show({
  markdown: [
    `- Planned: the block needs ${formatCount(before.peakBytes)} bytes out of place and **${formatCount(after.peakBytes)}** in place, ${formatShare(1 - after.peakBytes / before.peakBytes)} less.`,
    `- Measured on ${cpuModel ?? "this machine"} with Deno ${deno}, float32: channel by channel is **${verdict(row("inPlaceChannel"), { baseline: "channels" })}**; row by row: **${verdict(row("inPlaceRows"), { baseline: "channels" })}**.`,
    `- The engine's int8 kernel took ${(inPlace.depthwiseMinNs / outOfPlace.depthwiseMinNs).toPrecision(3)} times as long in place as out of place on this block, with ${inPlace.channelsAtOnce} channels at once (minima of separate runs, so take it as a rough figure).`,
  ].join("\n"),
});
export {};
