import { assertEquals, assertThrows } from "../assert.ts";
import { allocateGreedy, type Buffer, validateAllocation } from "../../mod.ts";
import { orderKeys } from "../../lib/plan/allocate/allocate_greedy.ts";
import { toProblem } from "../../lib/plan/allocate/problem.ts";

function offsets(buffers: readonly Buffer[], alignmentBytes = 1): number[] {
  return allocateGreedy(buffers, { alignmentBytes }).buffers.map((b) => b.offsetBytes);
}

Deno.test("greedy places the largest buffer first, at the bottom", () => {
  assertEquals(
    offsets([
      { id: "a", from: 0, until: 2, sizeBytes: 10 },
      { id: "b", from: 0, until: 2, sizeBytes: 30 },
      { id: "c", from: 0, until: 2, sizeBytes: 20 },
    ]),
    [50, 0, 30],
  );
});

Deno.test("greedy places the later one of equal buffers first", () => {
  assertEquals(
    offsets([
      { id: "a", from: 0, until: 2, sizeBytes: 10 },
      { id: "b", from: 0, until: 2, sizeBytes: 10 },
      { id: "c", from: 0, until: 2, sizeBytes: 10 },
    ]),
    [20, 10, 0],
  );
});

Deno.test("greedy fills the lowest gap that is wide enough, not the narrowest", () => {
  assertEquals(
    offsets([
      { id: "wide", from: 0, until: 3, sizeBytes: 50, offsetBytes: 40 },
      { id: "high", from: 0, until: 3, sizeBytes: 10, offsetBytes: 100 },
      { id: "small", from: 1, until: 2, sizeBytes: 10 },
    ]),
    [40, 100, 0],
  );
});

Deno.test("greedy goes around buffers planned beforehand", () => {
  assertEquals(
    offsets([
      { id: "a", from: 0, until: 4, sizeBytes: 8, offsetBytes: 16 },
      { id: "b", from: 0, until: 4, sizeBytes: 20 },
      { id: "c", from: 0, until: 4, sizeBytes: 16 },
    ]),
    [16, 24, 0],
  );
});

Deno.test("greedy rounds sizes up to 16 bytes unless told otherwise", () => {
  const plan = allocateGreedy([
    { id: "a", from: 0, until: 1, sizeBytes: 17 },
    { id: "b", from: 0, until: 1, sizeBytes: 1 },
  ]);
  assertEquals(plan.buffers.map((b) => [b.offsetBytes, b.sizeBytes]), [[0, 32], [32, 16]]);
  assertEquals(plan.heightBytes, 48);
});

Deno.test("greedy is not always optimal, and says so", () => {
  const buffers: readonly Buffer[] = [
    { id: "a", from: 0, until: 2, sizeBytes: 3 },
    { id: "b", from: 1, until: 3, sizeBytes: 4 },
    { id: "c", from: 2, until: 4, sizeBytes: 5 },
    { id: "d", from: 3, until: 4, sizeBytes: 4 },
    { id: "e", from: 0, until: 1, sizeBytes: 6 },
  ];
  const plan = allocateGreedy(buffers, { alignmentBytes: 1 });
  assertEquals(validateAllocation(buffers, plan), []);
  assertEquals([plan.heightBytes, plan.lowerBoundBytes, plan.optimal], [12, 9, false]);
});

Deno.test("greedy refuses what allocate refuses", () => {
  assertThrows(
    () => allocateGreedy([{ id: "a", from: 0, until: 0, sizeBytes: 1 }]),
    RangeError,
    "lifetime [0, 0) is empty",
  );
  assertThrows(() => allocateGreedy([], { alignmentBytes: 0 }), RangeError, "alignmentBytes is 0");
});

Deno.test("pressure is area, weighed by the fullest moment of a buffer's life alone", () => {
  // In units of two bytes: 6 in use at moment 0, 7 at 1, 3 at 2, 10 at 3.
  const { pressure, area, lifetime } = orderKeys(toProblem([
    { id: "a", from: 0, until: 2, sizeBytes: 12 },
    { id: "b", from: 1, until: 2, sizeBytes: 2 },
    { id: "c", from: 2, until: 3, sizeBytes: 6 },
    { id: "d", from: 3, until: 4, sizeBytes: 20 },
  ], 1));
  const near = (found: Float64Array) => [...found].map((each) => Math.round(each * 1e6) / 1e6);
  const weighed = (area: number, load: number) => area * (load / 10) ** 8;
  assertEquals([...area], [12, 1, 3, 10]);
  assertEquals([...lifetime], [2, 1, 1, 1]);
  assertEquals(
    near(pressure),
    near(Float64Array.of(weighed(12, 7), weighed(1, 7), weighed(3, 3), 10)),
  );
});
