import { assert, assertEquals, assertThrows } from "../assert.ts";
import {
  chartActivations,
  chartFrontier,
  chartLadder,
  chartMemory,
  chartSegment,
  chartTiles,
  fusionFrontier,
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
  const frontier = fusionFrontier(zoo("mcunet-vww1"), { input: "external" });
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
