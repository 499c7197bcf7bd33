import { assert, assertEquals, assertThrows } from "../assert.ts";
import { planMemory, segmentMoments, zoo } from "tinyloom";

const model = zoo("mcunet-vww1");
const rolling = planMemory(model, { fusion: "rolling" });

Deno.test("rows of a rolling segment stand in their slots, and the output follows the image", () => {
  const [moment] = segmentMoments(rolling, model, { after: [65] });
  assertEquals([moment.after, moment.of], [65, 120]);
  const seen = moment.held.map((
    { low, high, tensor, rows, isNeeded },
  ) => [low, high, `t${tensor} ${rows.join("-")}${isNeeded ? "" : " done"}`]);
  // 21 rows of 40 x 8 bytes, behind them the image, 240 bytes a row; 3 rows and 1 row of 40 x 16.
  assertEquals(seen, [
    [0, 6720, "t9 0-21"],
    [6720, 11040, "t0 28-46 done"],
    [11040, 19200, "t0 46-80"],
    [19200, 19840, "t3 21-22"],
    [19840, 20480, "t3 22-23"],
    [20480, 21120, "t3 20-21"],
    [21120, 21760, "t6 20-21 done"],
  ]);
  assertEquals(moment.held.filter(({ isNew }) => isNew).map(({ rows }) => rows), [[22, 23]]);
});

Deno.test("after a segment only what it leaves is needed", () => {
  for (const input of ["resident", "external"] as const) {
    for (const fusion of ["rolling", "patch", "best"] as const) {
      const plan = planMemory(model, { fusion, input, granularity: "pixel", macBudget: 1.2 });
      assert(plan.segments.length > 0);
      plan.segments.forEach(({ outputs, until }, segment) => {
        const last = segmentMoments(plan, model, { segment }).at(-1)!;
        for (const { tensor, isRing, isNeeded } of last.held) {
          if (!isNeeded) continue;
          const later = plan.buffers.find(({ tensors }) => tensors.includes(tensor))!;
          assert(!isRing && (later.until > until || plan.outputs.includes(tensor)));
        }
        const left = new Set(
          last.held.filter((bytes) => bytes.isNeeded).map((each) => each.tensor),
        );
        for (const tensor of outputs) assert(left.has(tensor), `t${tensor}`);
      });
    }
  }
});

Deno.test("bytes that were stored once always hold something", () => {
  const plan = planMemory(model, { fusion: "patch", input: "external" });
  const of = segmentMoments(plan, model)[0].of;
  const every = Array.from({ length: of + 1 }, (_, after) => after);
  const sizes = segmentMoments(plan, model, { after: every }).map(({ held }) =>
    held.reduce((sum, { low, high }) => sum + high - low, 0)
  );
  assert(sizes.every((size, at) => at === 0 || size >= sizes[at - 1]));
});

Deno.test("a segment or micro-step that a plan has not is a RangeError", () => {
  const ask = (options: Parameters<typeof segmentMoments>[2]) => () =>
    segmentMoments(rolling, model, options);
  assertThrows(ask({ segment: 4 }), RangeError, "segment 4, the plan has 4");
  assertThrows(ask({ after: [121] }), RangeError, "after 121 micro-steps, the segment has 120");
});
