// A validator that finds nothing proves nothing: plans with segments, broken in every way.
import { assert, assertEquals } from "../assert.ts";
import {
  type MicroStep,
  type Plan,
  planMemory,
  type PlanSegment,
  type SegmentRing,
  validatePlan,
  zoo,
} from "tinyloom";

const model = zoo("mcunet-vww1", { resolution: 64 });
const rows = planMemory(model, { fusion: "rolling" });
const pixels = planMemory(model, { fusion: "rolling", granularity: "pixel", input: "external" });
const strips = planMemory(model, { fusion: "best", macBudget: 1.2, input: "external" });
const kws = zoo("mlperf-tiny-kws");
const pool = planMemory(kws, { fusion: "rolling" });

function withSegment(plan: Plan, index: number, change: Partial<PlanSegment>): Plan {
  const segments = plan.segments.map((segment, i) =>
    i === index ? { ...segment, ...change } : segment
  );
  return { ...plan, segments };
}

/** The plan with another list of micro-steps in the first pass of a segment. */
function withSteps(
  plan: Plan,
  index: number,
  change: (steps: readonly MicroStep[]) => readonly MicroStep[],
): Plan {
  const [pass, ...others] = plan.segments[index].passes;
  const passes = [{ ...pass, microSteps: change(pass.microSteps) }, ...others];
  return withSegment(plan, index, { passes });
}

function withRing(
  plan: Plan,
  index: number,
  ring: SegmentRing,
  change: Partial<SegmentRing>,
): Plan {
  const rings = plan.segments[index].rings.map((each) =>
    each === ring ? { ...each, ...change } : each
  );
  return withSegment(plan, index, { rings });
}

function first(plan: Plan, of = model): string {
  return validatePlan(plan, of)[0]?.message ?? "nothing";
}

Deno.test("the plans under test hold, and have rings of rows, of pixels, strips and sums", () => {
  for (const plan of [rows, pixels, strips]) assertEquals(validatePlan(plan, model), []);
  assertEquals(validatePlan(pool, kws), []);
  const rings = pixels.segments.flatMap((segment) => segment.rings);
  assert(rings.some(({ mirrorPixels }) => mirrorPixels > 0));
  assert(strips.segments.some(({ tiles }) => tiles[1] > 1));
  assert(pool.segments.some(({ sumsByte }) => sumsByte !== null));
});

Deno.test("no ring does with a row less, or a pixel less", () => {
  let tried = 0;
  for (const plan of [rows, pixels, strips]) {
    plan.segments.forEach((segment, index) => {
      for (const ring of segment.rings) {
        if (ring.rows < 2 && ring.pixels < 2) continue;
        const less = { rows: Math.max(0, ring.rows - 1), pixels: Math.max(0, ring.pixels - 1) };
        assert(first(withRing(plan, index, ring, less)) !== "nothing", `t${ring.tensor}`);
        tried++;
      }
    });
  }
  assert(tried > 15, `${tried}`);
});

Deno.test("no two micro-steps that depend on each other change places, none is left out", () => {
  const { microSteps } = rows.segments[1].passes[0];
  for (let i = 0; i < microSteps.length; i += 7) {
    const left = first(withSteps(rows, 1, (steps) => steps.filter((_, step) => step !== i)));
    assert(left !== "nothing", `step ${i}`);
  }
  const reversed = first(withSteps(rows, 1, (steps) => [...steps].reverse()));
  assert(/reads row \d+ of t\d+, but byte/.test(reversed), reversed);
});

Deno.test("a mirror that is not kept up to date is found", () => {
  const index = pixels.segments.findIndex(({ rings }) =>
    rings.some((ring) => ring.mirrorPixels > 0)
  );
  const message = first(withSteps(pixels, index, (steps) => steps.filter((s) => !("copy" in s))));
  assert(message.includes("holds something else"), message);
  const away = first(
    withSteps(
      pixels,
      index,
      (steps) =>
        steps.map((step) => "copy" in step ? { ...step, toByte: step.toByte + 10_000 } : step),
    ),
  );
  assert(away.includes("outside of its ring"), away);
});

Deno.test("rings on each other, on input or output, or not where their buffers are", () => {
  const [ring, other] = rows.segments[1].rings;
  const moved = first(withRing(rows, 1, ring, { offsetBytes: other.offsetBytes }));
  assert(moved.includes("is not what its buffer"), moved);
  const buffers = rows.buffers.map((buffer) =>
    buffer.id === ring.buffer ? { ...buffer, offsetBytes: other.offsetBytes } : buffer
  );
  const both = withRing({ ...rows, peakBytes: 100_000, buffers }, 1, ring, {
    offsetBytes: other.offsetBytes,
  });
  assert(first(both).includes("in segment 1"), first(both));
  const inside = rows.buffers.map((b) => b.id === ring.buffer ? { ...b, offsetBytes: 0 } : b);
  const onInput = withRing({ ...rows, buffers: inside }, 1, ring, { offsetBytes: 0 });
  assert(first(onInput).includes("share bytes while both are alive"), first(onInput));
});

/** A plan with its rings far above everything else. */
function withRingsAside(plan: Plan): Plan {
  const aside = <T extends { readonly offsetBytes: number }>(place: T): T => (
    { ...place, offsetBytes: place.offsetBytes + 50_000 }
  );
  const buffers = plan.buffers.map((buffer) => buffer.kind === "ring" ? aside(buffer) : buffer);
  const segments = plan.segments.map((segment) => ({
    ...segment,
    rings: segment.rings.map(aside),
  }));
  return { ...plan, peakBytes: 100_000, buffers, segments };
}

Deno.test("an output a byte nearer to the input than the segment's rows allow", () => {
  const plan = withRingsAside(rows);
  assertEquals(validatePlan(plan, model), []);
  let tried = 0;
  for (const buffer of plan.buffers) {
    for (const { form, step, direction, buffer: other, limitBytes } of buffer.shares) {
      const outputs = plan.segments.find(({ from }) => from === step)?.outputs ?? [];
      const isOutput = buffer.tensors.some((tensor) => outputs.includes(tensor));
      if (form !== "fused" || !isOutput || direction !== "forward") continue;
      const input = plan.buffers.find(({ id }) => id === other)!;
      const moved = { ...buffer, offsetBytes: input.offsetBytes + limitBytes + 1 };
      const buffers = plan.buffers.map((each) => each === buffer ? moved : each);
      const message = first({ ...plan, buffers });
      // Moved, it may also meet what lives on from before.
      if (message.includes("no rule says that they may")) continue;
      assert(/reads row|stores t/.test(message), `${buffer.name}: ${message}`);
      tried++;
    }
  }
  assert(tried > 0);
});

Deno.test("strips whose windows are too narrow, and calls of foreign operators", () => {
  const index = strips.segments.findIndex(({ tiles }) => tiles[1] > 1);
  const passes = strips.segments[index].passes.map((pass) => ({
    ...pass,
    windows: pass.windows.map((window) => ({ ...window, columns: window.columns - 1 })),
  }));
  const narrow = first(withSegment(strips, index, { passes }));
  assert(narrow.includes("that its pass has not"), narrow);
  const foreign = first(
    withSteps(rows, 1, ([step, ...others]) => [{ ...step, operator: 0 } as MicroStep, ...others]),
  );
  assert(foreign.includes("is none of its operators"), foreign);
});

Deno.test("sums that start late, end early, miss a row or take one twice", () => {
  const index = pool.segments.findIndex(({ sumsByte }) => sumsByte !== null);
  const change = (edit: (step: MicroStep) => readonly MicroStep[]) =>
    first(withSteps(pool, index, (steps) => steps.flatMap(edit)), kws);
  const isReduce = (step: MicroStep) => "reduce" in step;
  const late = change((s) => [isReduce(s) ? { ...s, isFirst: false } as MicroStep : s]);
  assert(late.includes("sets its sums to zero at the wrong time"), late);
  assert(
    change((s) => [isReduce(s) ? { ...s, isLast: true } as MicroStep : s]).includes("ends with"),
  );
  assert(change((s) => isReduce(s) ? [s, s] : [s]) !== "nothing");
  assert(change((s) => "reduce" in s && s.rows[0] === 3 ? [] : [s]) !== "nothing");
});

Deno.test("multiply-accumulates that were not counted, steps that are in no segment", () => {
  const counted = first(withSegment(rows, 0, { macs: rows.segments[0].macs - 1 }));
  assert(counted.includes("multiply-accumulates, not"), counted);
  const alone = { ...rows, segments: rows.segments.slice(1) };
  assert(first(alone).includes("belongs to segment"), first(alone));
});

Deno.test("a call whose rows take each other's place in the ring is found, whichever stays", () => {
  const [segment] = strips.segments;
  const { operator, outputs: [output] } = strips.steps[segment.from];
  const ring = segment.rings.find(({ tensor, layout }) => tensor === output && layout === "rows")!;
  let found = 0;
  segment.passes.forEach((pass, at) => {
    const step = pass.microSteps.findIndex((each) =>
      "operator" in each && each.operator === operator && each.rows[1] > ring.rows
    );
    if (step === -1) return;
    const micro = pass.microSteps[step] as Extract<MicroStep, { readonly operator: number }>;
    const { rows: [, until] } = micro;
    // One row more than there is room for: its input is all there, outside of the arena.
    const rows = [until - ring.rows - 1, until] as const;
    const microSteps = pass.microSteps.with(step, { ...micro, rows });
    const passes = segment.passes.with(at, { ...pass, microSteps });
    const message = first(withSegment(strips, 0, { passes }));
    assert(/stores row \d+ of t\d+ on another one of the same call$/.test(message), message);
    found++;
  });
  assert(found > 0);
});
