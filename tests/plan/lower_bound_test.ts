import fc from "fast-check";
import { assert, assertEquals, assertThrows } from "../assert.ts";
import { lowerBound } from "../../mod.ts";
import { arbitraryBuffers } from "./arbitrary_buffers.ts";
import { bruteForceHeight } from "./brute_force.ts";

Deno.test("the lower bound is the largest sum of live sizes", () => {
  assertEquals(lowerBound([]), 0);
  assertEquals(
    lowerBound([
      { id: "a", from: 0, until: 2, sizeBytes: 5 },
      { id: "b", from: 1, until: 3, sizeBytes: 7 },
      { id: "c", from: 2, until: 3, sizeBytes: 4 },
      { id: "d", from: 3, until: 9, sizeBytes: 10 },
    ]),
    12,
  );
});

Deno.test("every buffer but the topmost counts with its padding", () => {
  const pair = [
    { id: "a", from: 0, until: 1, sizeBytes: 17 },
    { id: "b", from: 0, until: 1, sizeBytes: 4 },
  ];
  assertEquals(lowerBound(pair), 21);
  assertEquals(lowerBound(pair, { alignmentBytes: 16 }), 33);
});

Deno.test("the end of a fixed buffer is a lower bound", () => {
  assertEquals(lowerBound([{ id: "a", from: 0, until: 1, sizeBytes: 3, offsetBytes: 9 }]), 12);
});

Deno.test("the lower bound is never above the optimum", () => {
  const arbitrary = arbitraryBuffers({
    count: 6,
    moments: 5,
    maxBytes: 5,
    alignments: [1, 2, 3, 4],
    fixed: true,
  });
  fc.assert(
    fc.property(arbitrary, (buffers) => {
      assert(lowerBound(buffers) <= bruteForceHeight(buffers));
    }),
    { seed: 23, numRuns: 300 },
  );
});

Deno.test("the lower bound refuses buffers that make no sense", () => {
  assertThrows(
    () => lowerBound([{ id: "a", from: 0, until: 1, sizeBytes: NaN }]),
    RangeError,
    'buffer "a": sizeBytes is NaN',
  );
});
