import { assert, assertEquals, assertThrows } from "../assert.ts";
import {
  frontierTable,
  fusionFrontier,
  PlanError,
  planMemory,
  type PlanOptions,
  tableMetadata,
  validatePlan,
  zoo,
} from "tinyloom";

const model = zoo("mcunet-vww1");
// However busy the machine is, all segments are looked at.
const whole: PlanOptions = { timeLimitMs: Infinity };
const external: PlanOptions = { fusion: "best", input: "external", ...whole };
const frontier = fusionFrontier(model, external);

Deno.test("the frontier falls in memory and rises in operations, and every plan on it holds", () => {
  assert(frontier.length > 3);
  frontier.forEach((plan, i) => {
    assertEquals(validatePlan(plan, model), []);
    if (i === 0) return;
    assert(plan.peakBytes < frontier[i - 1].peakBytes);
    assert(plan.macFactor > frontier[i - 1].macFactor);
  });
  assertEquals(frontier[0].macFactor, 1);
});

Deno.test("a budget of operations picks the last plan of the frontier within it", () => {
  for (const { peakBytes, macFactor } of frontier) {
    const within = planMemory(model, { ...external, macBudget: macFactor + 1e-9 });
    assertEquals([within.peakBytes, within.macFactor], [peakBytes, macFactor]);
  }
});

Deno.test("a budget of memory picks the fewest operations, then the fewest calls", () => {
  for (const [i, { peakBytes, macFactor }] of frontier.entries()) {
    const plan = planMemory(model, { ...external, memoryBudget: peakBytes });
    assertEquals(plan.macFactor, macFactor);
    assert(plan.peakBytes <= peakBytes);
    if (i === 0) continue;
    const above = planMemory(model, { ...external, memoryBudget: frontier[i - 1].peakBytes - 1 });
    assertEquals(above.macFactor, macFactor);
  }
  const roomy = planMemory(model, { ...external, memoryBudget: 1_000_000 });
  assertEquals(roomy.segments, []);
  assert(!roomy.optimal && roomy.lowerBoundReason.includes("fewest calls"));
});

Deno.test("budgets that leave nothing say what the least is", () => {
  const least = frontier[frontier.length - 1].peakBytes;
  assertThrows(
    () => planMemory(model, { ...external, memoryBudget: least - 1 }),
    PlanError,
    `the least needs ${least}`,
  );
  assertThrows(
    () => planMemory(model, { ...external, memoryBudget: frontier[0].peakBytes - 1, macBudget: 1 }),
    PlanError,
    `with at most 1 times the multiply-accumulates; the least needs ${frontier[0].peakBytes}`,
  );
});

Deno.test("each plan names what stands in the way of less memory", () => {
  const [first] = frontier;
  assert(/^less memory takes 1\.\d+ times/.test(first.lowerBoundReason), first.lowerBoundReason);
  const rolling = planMemory(model, { fusion: "rolling", ...whole });
  assert(/no part with operator \d+ \w+ needs less than/.test(rolling.lowerBoundReason));
  assert(
    rolling.peak !== null && rolling.peak.live.some(({ name }) => name.startsWith("ring of t")),
  );
  const tight = planMemory(model, { ...external, macBudget: frontier[1].macFactor + 1e-9 });
  assert(tight.lowerBoundReason.includes(", the budget is 1.0"), tight.lowerBoundReason);
});

Deno.test("modes nest: what may be more is never worse", () => {
  const peak = (options: PlanOptions) =>
    planMemory(model, { input: "external", macBudget: 1.5, ...whole, ...options }).peakBytes;
  const none = peak({ fusion: "none", macBudget: undefined });
  const patch = peak({ fusion: "patch" });
  const rolling = peak({ fusion: "rolling" });
  const best = peak({ fusion: "best" });
  assert(patch < none && rolling < none && best <= Math.min(patch, rolling));
  assert(peak({ fusion: "best", granularity: "pixel" }) <= best);
  assert(peak({ fusion: "best", mostTiles: 2 }) >= best);
});

Deno.test("without fusion a plan has no segments, and is what it was", () => {
  const plan = planMemory(model);
  assertEquals([plan.fusion, plan.segments, plan.macFactor], ["none", [], 1]);
  assert(plan.steps.every(({ segment, form }) => segment === null && form !== "fused"));
  assertEquals(fusionFrontier(model, { fusion: "none" }), [plan]);
});

Deno.test("the frontier as a table", () => {
  const table = frontierTable(frontier);
  assertEquals(table.numRows, frontier.length);
  // Of a single plan as well.
  const { model: name, input } = tableMetadata(frontierTable(frontier.slice(-1)));
  assertEquals([name, input], [frontier[0].model, frontier[0].input]);
  const row = table.get(1)!;
  assertEquals(row.peakBytes, frontier[1].peakBytes);
  assert(/\d+-\d+ rolling rows in \d strips/.test(row.segments), row.segments);
  assert(row.kernelCalls > frontier[1].steps.length);
});

Deno.test("options out of range are refused", () => {
  const refused = (options: object, message: string) =>
    assertThrows(() => planMemory(model, options), RangeError, message);
  refused({ fusion: "all" }, 'fusion "all", needed one of none, patch, rolling, best');
  refused({ granularity: "tile" }, "needed one of row, pixel");
  refused({ fusion: "best", mostTiles: 0 }, "mostTiles is 0");
  refused({ fusion: "best", macBudget: 0.5 }, "macBudget is 0.5, needed at least 1");
  refused({ fusion: "best", memoryBudget: -1 }, "memoryBudget is -1");
  refused({ fusion: "none", memoryBudget: 1000 }, 'memoryBudget with fusion "none", needed one of');
});

Deno.test("what means nothing without fusion implies it", () => {
  const kws = zoo("mlperf-tiny-kws");
  const options = [{ macBudget: 1.1 }, { memoryBudget: 8000 }, { granularity: "pixel" }] as const;
  for (const option of [...options, { mostTiles: 2 }]) {
    assertEquals(planMemory(kws, option).fusion, "best", JSON.stringify(option));
  }
});
