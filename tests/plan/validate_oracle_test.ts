// The validator works on intervals; that it finds what a look at every byte finds, on plans that hold
// and on plans that were edited until most do not.
import {
  type Model,
  type Plan,
  type PlanBuffer,
  planMemory,
  type PlanOptions,
  validatePlan,
} from "tinyloom";
import { assert, assertEquals } from "../assert.ts";
import { validateBytewise } from "./bytewise/validate_bytewise.ts";
import { type Draw, drawer, randomGraph } from "./random_graph.ts";
import { randomPaths } from "./random_paths.ts";

type Loose = Record<string, unknown>;
type Writable<T> = { -readonly [Key in keyof T]: T[Key] };

/** A plan with one thing changed; how steps and buffers run and lie, and what segments do. */
function edited(plan: Plan, draw: Draw): Plan {
  const copy = JSON.parse(JSON.stringify(plan)) as Plan;
  const pick = <T>(list: readonly T[]): Writable<T> => list[draw(list.length)];
  const near = (value: number) => Math.max(0, value + draw(9) - 4);
  const segment = copy.segments.length > 0 && draw(2) > 0 ? pick(copy.segments) : null;
  if (segment !== null) {
    const passes = segment.passes as unknown as { microSteps: Loose[] }[];
    const steps = passes[draw(passes.length)].microSteps;
    const at = draw(steps.length);
    switch (draw(segment.rings.length > 0 ? 5 : 3)) {
      case 0:
        steps.splice(at, 1);
        return copy;
      case 1: {
        const other = Math.min(steps.length - 1, at + 1);
        [steps[at], steps[other]] = [steps[other], steps[at]];
        return copy;
      }
      case 2: {
        const rows = steps[at].rows as [number, number] | undefined;
        if (rows !== undefined) steps[at].rows = [near(rows[0]), near(rows[1])];
        return copy;
      }
      case 3: {
        const ring = pick(segment.rings);
        const name = (["rows", "pixels", "mirrorPixels", "rowBytes"] as const)[draw(4)];
        ring[name] = near(ring[name]);
        return copy;
      }
      default: {
        const ring = pick(segment.rings);
        const buffer: Writable<PlanBuffer> = copy.buffers.find(({ id }) => id === ring.buffer)!;
        ring.offsetBytes = buffer.offsetBytes = near(ring.offsetBytes);
        return copy;
      }
    }
  }
  if (copy.steps.length === 0) return copy;
  const step = pick(copy.steps);
  switch (draw(7)) {
    case 0:
      step.direction = step.direction === "forward" ? "reverse" : "forward";
      return copy;
    case 1:
      if (step.form !== "fused") step.form = (["plain", "overlap", "in-place"] as const)[draw(3)];
      return copy;
    case 2:
      step.pixelsAtOnce = draw(4) > 0 ? 1 + draw(20) : null;
      return copy;
    case 3:
      step.delayPixels = near(step.delayPixels);
      return copy;
    case 4: {
      const buffer = pick(copy.buffers);
      buffer.until = near(buffer.until);
      return copy;
    }
    default: {
      const buffer = pick(copy.buffers);
      buffer.offsetBytes = near(buffer.offsetBytes);
      return copy;
    }
  }
}

/** What only the intervals object to: channels that would meet, and steps that say nothing sound. */
const STRICTER =
  /in place(: its output (is .* pixels away|lies on t\d+ as well)| needs a ring of \d+ bytes)/;

function compare(plan: Plan, model: Model, seen: { holds: number; fails: number }): void {
  const expected = validateBytewise(plan, model);
  const found = validatePlan(plan, model);
  if (expected.length > 0) {
    seen.fails++;
    assert(found.length > 0, `missed: ${JSON.stringify(expected[0])}`);
    return;
  }
  seen.holds++;
  // What is lost afterwards follows from the first.
  if (found.length > 0 && STRICTER.test(found[0].message)) return;
  assertEquals(found, [], "found where no byte is lost");
}

function options(draw: Draw): PlanOptions {
  return {
    input: draw(4) === 0 ? "external" : "resident",
    pixels: draw(3) === 0 ? 1 + draw(5) : 1,
    channels: draw(3) === 0 ? 2 : 1,
    timeLimitMs: 0,
    ...draw(3) === 0 ? { alignmentBytes: 1 + draw(8) } : {},
    ...draw(4) === 0 ? { scratch: "im2col" } : {},
  };
}

Deno.test("intervals find what a look at every byte finds in steps that overlap", () => {
  const seen = { holds: 0, fails: 0 };
  for (let seed = 0; seed < 500; seed++) {
    const draw = drawer(seed);
    const model = randomGraph(draw, { operators: 1 + draw(8), extent: 7, channels: 4 });
    const plan = planMemory(model, options(draw));
    assertEquals(validatePlan(plan, model), [], `seed ${seed}`);
    for (let i = 0; i < 8; i++) compare(edited(plan, draw), model, seen);
  }
  assert(seen.holds > 500 && seen.fails > 500, JSON.stringify(seen));
});

Deno.test("intervals find what a look at every byte finds in segments", () => {
  const seen = { holds: 0, fails: 0 };
  for (let seed = 5000; seed < 5100; seed++) {
    const draw = drawer(seed);
    const model = randomGraph(draw, { operators: 3 + draw(8), extent: 9, channels: 3 });
    for (const { plan } of randomPaths(model, draw, { count: 3, ...options(draw) })) {
      compare(plan, model, seen);
      for (let i = 0; i < 8; i++) compare(edited(plan, draw), model, seen);
    }
  }
  assert(seen.holds > 300 && seen.fails > 300, JSON.stringify(seen));
});
