import { assert, assertEquals, assertThrows } from "../assert.ts";
import {
  chartActivations,
  chartFrontier,
  chartLadder,
  chartMemory,
  chartSegment,
  chartTiles,
  createEngine,
  fusionFrontier,
  modelGraph,
  planLadder,
  planMemory,
  renderSvg,
  zoo,
} from "tinyloom";

Deno.test("the map of the arena names its peak, its bound and a limit", async () => {
  const plan = planMemory(zoo("mcunet-vww1"));
  const svg = await renderSvg(chartMemory(plan, { limitBytes: 64 * 1024 }));
  for (const text of ["peak 76,807 B", "limit 65,536 B", "optimal: equal to its lower bound"]) {
    assert(svg.includes(text), text);
  }
});

Deno.test("an empty plan is drawn, too", async () => {
  const model = { ...zoo("mlperf-tiny-ad"), tensors: [], operators: [], inputs: [], outputs: [] };
  assert((await renderSvg(chartMemory(planMemory(model)))).startsWith("<svg"));
});

Deno.test("activations of models and plans side by side, the highest with its figure", async () => {
  const model = zoo("mcunet-vww1");
  const chart = chartActivations({ plain: model, planned: planMemory(model) }, {
    limitBytes: 80_000,
    limitName: "budget",
  });
  const svg = await renderSvg(chart);
  // Twice: below with an edge in the colour of the ground, which the line of the limit cannot cross.
  const figures = svg.match(/<text [^>]*>96,000 B</g) ?? [];
  assertEquals(figures.map((figure) => figure.includes('stroke="white"')), [true, false]);
  for (const text of ["plain", "planned", "96,000 B", "76,807 B", "budget 80,000 B"]) {
    assert(svg.includes(text), text);
  }
  assertThrows(() => chartActivations({}), RangeError, "no models or plans");
});

Deno.test("a ladder is drawn rung by rung, with bounds that are not reached and a limit", async () => {
  const ladder = planLadder(zoo("mcunet-in3", { explicitPadding: true }));
  const chart = chartLadder(ladder, { limitBytes: 256 * 1024, limitName: "SRAM" });
  const svg = await renderSvg(chart);
  const texts = [
    "mcunet-in3: 47 % of the peak it starts with",
    "+ in-place-depthwise",
    "371,712 B (bound 340,736 B)",
    "185,991 B",
    "SRAM 262,144 B",
  ];
  for (const text of texts) assert(svg.includes(text), text);
  assertThrows(() => chartLadder([]), RangeError, "no rungs");
});

Deno.test("the frontier names its ends and a limit", async () => {
  const frontier = fusionFrontier(zoo("mcunet-vww1"), { input: "external", timeLimitMs: 600_000 });
  const svg = await renderSvg(chartFrontier(frontier, { limitBytes: 16_000, limitName: "SRAM" }));
  const texts = [
    "mcunet-vww1: 15,040 B, or 11,920 B for 1.05 times the operations",
    "SRAM 16,000 B",
    "arena (KiB)",
  ];
  for (const text of texts) assert(svg.includes(text), text);
  assertThrows(() => chartFrontier([]), RangeError, "no plans");
});

Deno.test("the map of the arena shows rings among the scratch memory", () => {
  const plan = planMemory(zoo("mcunet-vww1"), { fusion: "rolling" });
  const shown = JSON.stringify(chartMemory(plan));
  const rings = plan.buffers.filter(({ kind }) => kind === "ring");
  assert(rings.length > 4);
  for (const { name } of rings) assert(shown.includes(`"name":"${name}"`), name);
  assert(shown.includes('"look":"scratch"'));
});

Deno.test("a rolling segment is drawn at several moments, with the rows in their slots", async () => {
  const model = zoo("mcunet-vww1");
  const plan = planMemory(model, { fusion: "rolling" });
  const svg = await renderSvg(chartSegment(plan, model, { after: [0, 65] }));
  for (const text of ["0 of 120 calls", "rows 0-79", "65 of 120 calls", "row 22", "t3 stem"]) {
    assert(svg.includes(`>${text}<`), text);
  }
});

Deno.test("an arena that holds nothing before the segment has its panel", async () => {
  const model = zoo("mcunet-vww1");
  const plan = planMemory(model, { fusion: "rolling", input: "external" });
  assert((await renderSvg(chartSegment(plan, model))).includes(">0 of "));
});

Deno.test("tiles are drawn on what a segment reads and computes, with their overlap", async () => {
  const model = zoo("mcunet-vww1");
  const plan = planMemory(model, { fusion: "patch", macBudget: 1.1 });
  const svg = await renderSvg(chartTiles(plan, model));
  const [first] = plan.segments;
  for (const tensor of [...first.inputs, ...first.rings.map(({ tensor }) => tensor)]) {
    assert(svg.includes(`t${tensor} ${model.tensors[tensor].name} 1.`), `t${tensor}`);
  }
  // The tiles of the last output do not overlap.
  assert(svg.includes(`${model.tensors[first.outputs[0]].name} 1.00x`));
  const ask = (options: Parameters<typeof chartTiles>[2]) => () => chartTiles(plan, model, options);
  assertThrows(ask({ segment: 99 }), RangeError, "segment 99, the plan has");
  assertThrows(ask({ passes: [999] }), RangeError, "pass 999, the segment has");
});

Deno.test("a graph has a box for every operator, a line for every tensor between them, and the peak", async () => {
  const model = zoo("mcunet-vww1");
  const plan = planMemory(model);
  const { svg, details } = await modelGraph(model, { plan });
  assertEquals(svg.match(/data-node=/g)!.length, model.operators.length);
  assertEquals(details.length, model.operators.length);
  assertEquals(svg.match(/class="peak"/g)!.length, 1);
  assert(svg.includes(`data-node="operator-${plan.peak!.operator}" tabindex="0" class="peak"`));
  // Inputs that are no constants, and the outputs of the model.
  const lines = model.operators.flatMap(({ inputs }) =>
    [...new Set(inputs)].filter((t) => t >= 0 && model.tensors[t].data === null)
  );
  assertEquals(svg.match(/<title>tensor/g)!.length, lines.length + model.outputs.length);
  const peak = details[plan.peak!.operator];
  assertEquals(
    peak.facts.find(([name]) => name === "bytes alive")![1],
    `${plan.peak!.usedBytes.toLocaleString("en-US")} B: the peak`,
  );
  assertEquals(peak.listing, null);
});

Deno.test("a graph tells of each operator's kernel where there is an engine", async () => {
  using engine = createEngine(zoo("mlperf-tiny-ad"));
  const { details } = await modelGraph(engine.model, { engine });
  assert(details[0].listing!.includes("Nest as scheduled"));
  const own = await modelGraph(engine.model, { listings: new Map([[1, "void layer1() {}"]]) });
  assertEquals(own.details.slice(0, 2).map(({ listing }) => listing), [null, "void layer1() {}"]);
});

Deno.test("an operator that does not run is drawn with dashes, and says why", async () => {
  const model = zoo("mlperf-tiny-kws");
  const plan = planMemory(model);
  const [removed] = plan.removed;
  const { svg, details } = await modelGraph(model, { plan });
  assertEquals(svg.match(/stroke-dasharray/g)!.length, plan.removed.length);
  assert(details[removed.operator].facts.some(([, value]) => value === removed.reason));
});
