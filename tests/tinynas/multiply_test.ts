import fc from "fast-check";
import { createTrainingMemory } from "../../lib/tinynas/supernet/training_memory.ts";
import { assertEquals } from "../assert.ts";
import { wavy } from "./finite_differences.ts";

const shapes = fc.record({
  left: fc.constantFrom("rows" as const, "columns" as const),
  pixels: fc.integer({ min: 1, max: 140 }),
  a: fc.integer({ min: 1, max: 6 }).map((fours) => 4 * fours),
  odd: fc.integer({ min: 0, max: 3 }),
  n: fc.integer({ min: 1, max: 5 }).map((fours) => 4 * fours),
  apart: fc.integer({ min: 0, max: 3 }),
  accumulates: fc.boolean(),
});

Deno.test("a product's sums are added up in order, each product rounded", () => {
  const memory = createTrainingMemory(1 << 15);
  const room = [140 * 27, 140 * 23, 140 * 23].map((count) => memory.allocate(count));
  fc.assert(
    fc.property(shapes, ({ left, pixels, a, odd, n, apart, accumulates }) => {
      const [m, k] = left === "rows" ? [pixels, a] : [a + odd, pixels];
      const aStride = (left === "rows" ? k : m) + apart;
      const stride = n + apart;
      const sizes = [(left === "rows" ? m : k) * aStride, k * stride, m * stride];
      const [A, B, C] = sizes.map((count, i) => {
        const floats = memory.floats.subarray(room[i] / 4, room[i] / 4 + count);
        floats.set(wavy(count, i + 1));
        return floats;
      });
      const expected = C.slice();
      for (let i = 0; i < m; i++) {
        for (let j = 0; j < n; j++) {
          let sum = accumulates ? C[i * stride + j] : 0;
          for (let step = 0; step < k; step++) {
            const x = left === "rows" ? A[i * aStride + step] : A[step * aStride + i];
            sum = Math.fround(sum + Math.fround(x * B[step * stride + j]));
          }
          expected[i * stride + j] = sum;
        }
      }
      const multiply = memory.kernels[left === "rows" ? "multiply" : "multiplyTransposed"];
      const strides = [aStride, stride, stride].map((floats) => 4 * floats);
      const places = room.flatMap((address, i) => [address, strides[i]]);
      multiply(...places, m, k, n, Number(accumulates));
      assertEquals([...C], [...expected]);
    }),
    { seed: 61, numRuns: 120 },
  );
});
