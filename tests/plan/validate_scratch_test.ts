import fc from "fast-check";
import { assert, assertEquals, assertThrows } from "../assert.ts";
import {
  checkPlan,
  type Plan,
  PlanError,
  planMemory,
  planScratch,
  type StepScratch,
  validatePlan,
  zoo,
} from "tinyloom";
import { CONV, Graph } from "../model/models.ts";

const model = zoo("mlperf-tiny-vww");
const plans = (["none", "rolling", "patch"] as const).map((fusion) =>
  planScratch(planMemory(model, { fusion }), model, { target: "cortex-m4" })
);

function withEntry(plan: Plan, index: number, change: Partial<StepScratch>): Plan {
  const steps = plan.scratch!.steps.map((own, i) => i === index ? { ...own, ...change } : own);
  return { ...plan, scratch: { ...plan.scratch!, steps } };
}

/** The tensors and buffers, by name, whose bytes an entry has while they are alive: byte by byte. */
function victims({ steps, buffers }: Plan, own: StepScratch): Set<number | string> {
  const { segment } = steps[own.step];
  const moments = steps.flatMap((each, i) =>
    i === own.step || segment !== null && each.segment === segment ? [i] : []
  );
  const found = new Set<number | string>();
  for (const { id, tensors, offsetBytes, sizeBytes, from, until } of buffers) {
    if (!moments.some((moment) => from <= moment && moment < until)) continue;
    for (let byte = 0; byte < own.sizeBytes; byte++) {
      const at = own.offsetBytes + byte;
      if (at >= offsetBytes && at < offsetBytes + sizeBytes) found.add(tensors[0] ?? id);
    }
  }
  return found;
}

Deno.test("scratch memory of every plan holds, is in the arena where there is room, else beside it", () => {
  for (const plan of plans) {
    assertEquals(validatePlan(plan, model), []);
    const { steps, besideBytes } = plan.scratch!;
    assert(steps.some(({ place }) => place === "arena"));
    assert(besideBytes > 0 && besideBytes <= 1024);
    for (const own of steps) {
      if (own.place === "arena") assertEquals(victims(plan, own), new Set());
    }
  }
});

Deno.test("scratch memory moved to anywhere is refused exactly where something alive is", () => {
  let refused = 0;
  fc.assert(
    fc.property(
      fc.nat(),
      fc.nat(),
      fc.nat(),
      fc.integer({ min: 1, max: 4096 }),
      (a, b, c, sizeBytes) => {
        const plan = plans[a % plans.length];
        const index = b % plan.scratch!.steps.length;
        const offsetBytes = 8 * (c % Math.floor(plan.peakBytes / 8));
        if (offsetBytes + sizeBytes > plan.peakBytes) return;
        const moved = withEntry(plan, index, { place: "arena", offsetBytes, sizeBytes });
        const own = moved.scratch!.steps[index];
        const hit = victims(moved, own);
        const found = validatePlan(moved, model);
        assertEquals(found.length > 0, hit.size > 0, JSON.stringify(own));
        if (hit.size === 0) return;
        refused++;
        const [{ step, operator, tensor, byte, message }] = found;
        assertEquals([step, operator], [own.step, plan.steps[own.step].operator]);
        assert(tensor === -1 || hit.has(tensor), message);
        assert(byte >= offsetBytes && byte < offsetBytes + sizeBytes, message);
        assertThrows(
          () => checkPlan(moved, model),
          PlanError,
          `scratch memory of step ${own.step} (`,
        );
        if (tensor !== -1) assert(message.includes(`lies over t${tensor} "`), message);
      },
    ),
    { seed: 20261130, numRuns: 300 },
  );
  assert(refused > 100, `${refused} refused`);
});

Deno.test("a lifetime that is cut short does not hide what scratch memory writes over", () => {
  const graph = new Graph();
  const image = graph.tensor([1, 4, 4, 8]);
  const conv = (input: number) =>
    graph.add("CONV_2D", {
      inputs: [input, graph.constant([8, 1, 1, 8]), -1],
      output: [1, 4, 4, 8],
      attributes: CONV,
    });
  const early = conv(image);
  const result = conv(conv(early));
  const kept = graph.model([image], [early, result]);
  const plan = planMemory(kept);
  const buffer = plan.buffers.find(({ tensors }) => tensors.includes(early))!;
  const short = {
    ...plan,
    buffers: plan.buffers.map((each) => each === buffer ? { ...buffer, until: 2 } : each),
  };
  assertEquals(validatePlan(short, kept), []);
  const offsetBytes = Math.ceil(buffer.offsetBytes / 8) * 8;
  const own = { step: 2, kernel: "", place: "arena", offsetBytes, sizeBytes: 8 } as const;
  const wrong = { ...short, scratch: { kernels: "", steps: [own], besideBytes: 0 } };
  const [{ message }] = validatePlan(wrong, kept);
  assertEquals(message, `output t${early} is lost at byte ${offsetBytes} of the arena`);
});

Deno.test("scratch memory that is misplaced, outside, of no step, or twice over itself", () => {
  const [plan] = plans;
  const first = (change: Partial<StepScratch>) =>
    validatePlan(withEntry(plan, 0, change), model)[0]?.message ?? "";
  const { besideBytes } = plan.scratch!;
  const beside = { place: "beside", offsetBytes: 0, sizeBytes: besideBytes } as const;
  assertEquals(first(beside), "");
  assert(
    first({ ...beside, sizeBytes: besideBytes + 1 }).includes("the memory beside the arena at"),
  );
  assert(first({ ...beside, place: "stack" as "beside" }).includes('lies in "stack"'));
  assert(first({ ...beside, offsetBytes: 4, sizeBytes: 8 }).includes("at a multiple of 8"));
  assert(first({ ...beside, sizeBytes: 0 }).includes("a size of at least 1"));
  assert(first({ place: "arena", offsetBytes: plan.peakBytes + 8 & ~7 }).includes("the arena at"));
  assert(first({ step: 99 }).includes("step 99, which the plan does not have"));
  const { scratch } = plan;
  const twice = {
    ...plan,
    scratch: { ...scratch!, steps: [scratch!.steps[0], ...scratch!.steps] },
  };
  assert(validatePlan(twice, model)[0].message.includes("over more of the same step"));
  const less = { ...plan, scratch: { ...scratch!, besideBytes: besideBytes - 1 } };
  assert(validatePlan(less, model)[0].message.includes("the memory beside the arena at"));
  const odd = { ...plan, scratch: { ...scratch!, besideBytes: NaN } };
  assert(validatePlan(odd, model)[0].message.includes("needed a count"));
});
