import { assert, assertEquals, assertThrows } from "../assert.ts";
import {
  checkPlan,
  type Model,
  type Plan,
  type PlanBuffer,
  PlanError,
  planMemory,
  type PlanStep,
  validatePlan,
} from "tinyloom";
import { CONV, Graph } from "../model/models.ts";
import { drawer, randomGraph } from "./random_graph.ts";

/** A pointwise convolution that widens, then a depthwise one in place. */
function pair(): Model {
  const graph = new Graph();
  const image = graph.tensor([1, 4, 4, 2]);
  const wide = graph.add("CONV_2D", {
    inputs: [image, graph.constant([6, 1, 1, 2]), -1],
    output: [1, 4, 4, 6],
    attributes: CONV,
  });
  const result = graph.add("DEPTHWISE_CONV_2D", {
    inputs: [wide, graph.constant([1, 3, 3, 6]), -1],
    output: [1, 4, 4, 6],
    attributes: { ...CONV, depthMultiplier: 1 },
  });
  return graph.model([image], [result]);
}

function withStep(plan: Plan, index: number, change: Partial<PlanStep>): Plan {
  return {
    ...plan,
    steps: plan.steps.map((step, i) => i === index ? { ...step, ...change } : step),
  };
}

function withBuffer(
  plan: Plan,
  which: (buffer: PlanBuffer) => boolean,
  change: Partial<PlanBuffer>,
) {
  return {
    ...plan,
    buffers: plan.buffers.map((buffer) => which(buffer) ? { ...buffer, ...change } : buffer),
  };
}

const model = pair();
const plan = planMemory(model);
const first = (found: Plan) => validatePlan(found, model)[0]?.message ?? "";

Deno.test("the plan under test overlaps, runs in place, and holds", () => {
  assertEquals(plan.steps.map(({ form }) => form), ["overlap", "in-place"]);
  assertEquals(validatePlan(plan, model), []);
  checkPlan(plan, model);
});

Deno.test("a loop in the wrong direction overwrites what it has not read", () => {
  const direction = plan.steps[0].direction === "forward" ? "reverse" : "forward";
  const wrong = withStep(plan, 0, { direction });
  assert(first(wrong).startsWith("operator 0 CONV_2D overwrites t0 at byte"));
  const [{ operator, tensor, byte }] = validatePlan(wrong, model);
  assert(operator === 0 && tensor === 0 && byte >= 0 && byte < plan.peakBytes);
  assertThrows(() => checkPlan(wrong, model), PlanError, "operator 0 CONV_2D overwrites t0");
});

Deno.test("more pixels together than there is distance for", () => {
  assert(first(withStep(plan, 0, { pixelsAtOnce: 16 })).includes("before it has read it"));
});

Deno.test("finished pixels that are stored too early", () => {
  const { delayPixels } = plan.steps[1];
  const hasty = withStep(plan, 1, { delayPixels: delayPixels - 1 });
  assert(first(hasty).startsWith("operator 1 DEPTHWISE_CONV_2D overwrites t2 at byte"));
});

Deno.test("a ring that is too small, or on top of the input", () => {
  const isRing = ({ id }: PlanBuffer) => id === plan.steps[1].ring;
  assert(first(withBuffer(plan, isRing, { sizeBytes: 1 })).includes("needs a ring of"));
  const wide = plan.buffers.find(({ tensors }) => tensors.includes(2))!;
  const onTop = withBuffer(plan, isRing, { offsetBytes: wide.offsetBytes });
  assert(first(onTop).includes("share bytes while both are alive"));
});

Deno.test("a plain step whose output lies on its input", () => {
  assert(first(withStep(plan, 0, { form: "plain" })).includes("is plain, but its output lies on"));
});

Deno.test("a buffer that is too small, misplaced, dead too early, or missing", () => {
  const isWide = ({ tensors }: PlanBuffer) => tensors.includes(2);
  assert(first(withBuffer(plan, isWide, { sizeBytes: 95 })).includes("has 95 bytes, t2 needs 96"));
  assert(first(withBuffer(plan, isWide, { offsetBytes: 1e6 })).includes("the arena at"));
  assert(first(withBuffer(plan, isWide, { until: 1 })).includes("is alive in steps 0 to 0 only"));
  assert(first(withBuffer(plan, isWide, { tensors: [] })).includes("t2 has 0 places, needed 1"));
});

Deno.test("operators left out, doubled or in the wrong order", () => {
  assert(first({ ...plan, steps: plan.steps.slice(1) }).includes("stands 0 times, needed once"));
  const [a, b] = plan.steps;
  assert(first({ ...plan, steps: [a, b, b] }).includes("stands 2 times"));
  const swapped = first({ ...plan, steps: [b, a] });
  assert(swapped !== "");
  const reason = { technique: "alias-views", reason: "" } as const;
  const removed = [{ operator: 0, name: "CONV_2D", ...reason }];
  assert(first({ ...plan, steps: [b], removed }).includes("nothing else does what it does"));
});

Deno.test("whatever offset is changed by a byte, the plan does not pass unless it still holds", () => {
  let caught = 0;
  for (let seed = 0; seed < 40; seed++) {
    const draw = drawer(seed);
    const graph = randomGraph(draw, { operators: 2 + draw(8), extent: 5, channels: 4 });
    const good = planMemory(graph);
    const victim = draw(good.buffers.length);
    const shift = draw(2) === 0 ? -1 : 1;
    const { offsetBytes, sizeBytes } = good.buffers[victim];
    if (sizeBytes === 0) continue;
    const moved = withBuffer(good, (b) => b === good.buffers[victim], {
      offsetBytes: offsetBytes + shift,
    });
    if (validatePlan(moved, graph).length > 0) caught++;
  }
  assert(caught >= 20, `${caught} of 40 caught`);
});

Deno.test("an input that the caller keeps is not in the arena as well", () => {
  const model = pair();
  const outside = planMemory(model, { input: "external" });
  assertEquals(validatePlan(outside, model), []);
  const inside = planMemory(model);
  const both: Plan = { ...inside, input: "external", external: inside.inputs };
  const held = inside.buffers.find(({ tensors }) => tensors.includes(inside.inputs[0]))!.id;
  assertEquals(
    validatePlan(both, model).map(({ message }) => message),
    [`t${inside.inputs[0]} is external, but buffer ${held} holds it`],
  );
});
