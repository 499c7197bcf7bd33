import { assertEquals, assertThrows } from "../assert.ts";
import { allocateGreedy, type Buffer, validateAllocation } from "../../mod.ts";

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
