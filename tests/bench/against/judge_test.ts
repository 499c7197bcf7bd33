import { assertAlmostEquals, assertEquals } from "../../assert.ts";
import { groupRow, slowdowns } from "./judge.ts";
import type { PairRow } from "./time_pair.ts";

const row = (speedup: number, within: number | null = 1.02): PairRow => ({
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
  const { speedupLow, speedupHigh } = groupRow("models", [row(1), row(1, null)]);
  assertEquals([speedupLow, speedupHigh], [null, null]);
});

Deno.test("only a case that is slow twice is a slowdown", () => {
  const fast = groupRow("models", [row(1)]);
  const judge = (speedup: number, firstSpeedup: number | null) =>
    slowdowns([fast], [{ ...row(speedup), firstSpeedup }]);
  assertEquals(judge(0.94, null), []);
  assertEquals(judge(0.93, 0.92), []);
  assertEquals(judge(0.92, 0.91), [
    "models, case 0.92: 0.910 and again 0.920, needed 0.93",
  ]);
});

Deno.test("a group whose mean is below 0.97 is a slowdown", () => {
  assertEquals(slowdowns([groupRow("models", [row(0.971), row(0.97)])], []), []);
  assertEquals(slowdowns([groupRow("models", [row(0.96), row(0.97)])], []), [
    "models: the geometric mean is 0.965, needed 0.97",
  ]);
});
