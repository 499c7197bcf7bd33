import { assertAlmostEquals, assertEquals } from "../../assert.ts";
import { groupRow, type JudgedRow, slowdowns } from "./judge.ts";

const row = (
  speedup: number,
  { within = 1.02, firstSpeedup = null }: {
    readonly within?: number | null;
    readonly firstSpeedup?: number | null;
  } = {},
): JudgedRow => ({
  group: "models",
  case: `case ${speedup}`,
  dtype: "int8",
  oldMinNs: 1000 * speedup,
  newMinNs: 1000,
  oldMedianNs: 1000 * speedup,
  newMedianNs: 1000,
  speedup,
  speedupLow: within === null ? null : speedup / within,
  speedupHigh: within === null ? null : speedup * within,
  samples: 10,
  firstSpeedup,
});

Deno.test("a group's speed-up is the geometric mean, its lowest case is named", () => {
  const { cases, speedup, lowestSpeedup, lowestCase } = groupRow("models", [row(2), row(0.5)]);
  assertAlmostEquals(speedup, 1, 1e-12);
  assertEquals([cases, lowestSpeedup, lowestCase], [2, 0.5, "case 0.5"]);
});

Deno.test("the interval of a mean of four is half as wide as that of each", () => {
  const { speedupLow, speedupHigh } = groupRow("models", [1, 1, 1, 1].map((x) => row(x)));
  assertAlmostEquals(speedupHigh!, Math.sqrt(1.02), 1e-12);
  assertAlmostEquals(speedupLow!, 1 / Math.sqrt(1.02), 1e-12);
});

Deno.test("without an interval of a case there is none of the mean", () => {
  const { speedupLow, speedupHigh } = groupRow("models", [row(1), row(1, { within: null })]);
  assertEquals([speedupLow, speedupHigh], [null, null]);
});

Deno.test("only a case that is slow twice is a slowdown", () => {
  const fast = groupRow("models", [row(1)]);
  const judge = (speedup: number, firstSpeedup: number | null) =>
    slowdowns([fast], [row(speedup, { firstSpeedup })]);
  assertEquals(judge(0.94, null), []);
  assertEquals(judge(0.93, 0.92), []);
  assertEquals(judge(0.92, 0.91), [
    "models, case 0.92: 0.910 and again 0.920, needed 0.93",
  ]);
});

Deno.test("only a group whose mean is below 0.97 twice is a slowdown", () => {
  const judge = (...rows: readonly JudgedRow[]) => slowdowns([groupRow("models", rows)], []);
  const slow = row(0.96, { firstSpeedup: 0.95 });
  assertEquals(judge(row(0.971), row(0.97)), []);
  assertEquals(judge(slow, row(0.9, { firstSpeedup: 1 })), []);
  assertEquals(judge(row(1, { firstSpeedup: 0.9 }), slow), []);
  assertEquals(judge(row(0.97, { firstSpeedup: 0.95 }), slow), [
    "models: the geometric mean is 0.950 and again 0.965, needed 0.97",
  ]);
});

Deno.test("where the interval does not end below 1, a slowdown is in doubt", () => {
  const judge = (within: number | null) =>
    slowdowns([], [row(0.9, { within, firstSpeedup: 0.9 })]).map((text) =>
      text.includes("quieter")
    );
  assertEquals([judge(1.1), judge(1.2), judge(null)], [[false], [true], [true]]);
});
