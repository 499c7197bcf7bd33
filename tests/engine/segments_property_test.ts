// Segments of every kind on random models, compiled: bit for bit the reference's results.
import { assert } from "../assert.ts";
import { planMemory } from "../../mod.ts";
import { drawer } from "../plan/random_graph.ts";
import { randomPaths } from "../plan/random_paths.ts";
import { randomSegmentModel, type SegmentShape } from "./random_segments.ts";
import { assertSameAsReference } from "./same_as_reference.ts";

/** Runs plans of segments put together at random; counts what kinds there were. */
function runRandom(dtype: SegmentShape["dtype"], { from, count }: { from: number; count: number }) {
  const seen = new Map<string, number>();
  for (let seed = from; seed < from + count; seed++) {
    const draw = drawer(seed);
    const shape = { dtype, operators: 2 + draw(6), extent: 14, channels: 20 };
    const { model, input } = randomSegmentModel(draw, shape);
    const place = draw(3) > 0 ? "resident" : "external";
    const plans = randomPaths(model, draw, { count: 3, input: place }).map(({ plan }) => plan);
    assertSameAsReference(model, [input], { plans, what: `seed ${seed}` });
    for (const { segments } of plans) {
      for (const { kind, granularity, tiles, sumsByte, rings } of segments) {
        const kinds = [
          `${kind} ${granularity}`,
          ...tiles[0] * tiles[1] > 1 ? ["tiles"] : [],
          ...sumsByte !== null ? ["sums"] : [],
          ...rings.some(({ mirrorPixels }) => mirrorPixels > 0) ? ["mirror"] : [],
        ];
        for (const each of kinds) seen.set(each, (seen.get(each) ?? 0) + 1);
      }
    }
  }
  return seen;
}

const KINDS = ["rolling row", "rolling pixel", "patch null", "tiles", "mirror"];

for (
  const [dtype, count] of [["int8", 120], ["uint8", 30], ["int16", 30], ["float32", 40]] as const
) {
  Deno.test(`random segments of ${dtype} compute the reference's results`, () => {
    const seen = runRandom(dtype, { from: 9000, count });
    for (const kind of [...KINDS, ...dtype === "float32" ? [] : ["sums"]]) {
      assert(seen.has(kind), `${kind}: ${JSON.stringify([...seen])}`);
    }
  });
}

Deno.test("plans that the planner chooses for random models compute the reference's results", () => {
  for (let seed = 500; seed < 560; seed++) {
    const draw = drawer(seed);
    const shape = { dtype: "int8", operators: 4 + draw(6), extent: 14, channels: 12 } as const;
    const { model, input } = randomSegmentModel(draw, shape);
    const fusion = (["rolling", "patch", "best"] as const)[draw(3)];
    const granularity = draw(2) > 0 ? "row" : "pixel";
    const plan = planMemory(model, { fusion, granularity, macBudget: 1.3, timeLimitMs: 100 });
    assertSameAsReference(model, [input], { plans: [plan], what: `seed ${seed}` });
  }
});
