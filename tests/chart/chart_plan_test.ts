import { assert, assertEquals, assertThrows } from "../assert.ts";
import {
  chartActivations,
  chartFrontier,
  chartLadder,
  chartMemory,
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
