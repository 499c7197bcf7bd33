import { assertEquals, assertNotEquals, assertThrows } from "../assert.ts";
import { guillotineInstance } from "../../mod.ts";

Deno.test("the pieces fill the rectangle at every moment", () => {
  const buffers = guillotineInstance(40, { moments: 30, heightUnits: 20, unitBytes: 8, seed: 4 });
  assertEquals(buffers.length, 40);
  for (let moment = 0; moment < 30; moment++) {
    const load = buffers.reduce(
      (sum, b) => b.from <= moment && moment < b.until ? sum + b.sizeBytes : sum,
      0,
    );
    assertEquals(load, 160);
  }
});

Deno.test("the same seed gives the same pieces, another seed others", () => {
  assertEquals(guillotineInstance(10, { seed: 5 }), guillotineInstance(10, { seed: 5 }));
  assertNotEquals(guillotineInstance(10, { seed: 5 }), guillotineInstance(10, { seed: 6 }));
});

Deno.test("a rectangle can be cut down to its cells and no further", () => {
  const cells = guillotineInstance(12, { moments: 4, heightUnits: 3, unitBytes: 1 });
  assertEquals(new Set(cells.map((b) => `${b.until - b.from} ${b.sizeBytes}`)), new Set(["1 1"]));
  assertThrows(
    () => guillotineInstance(13, { moments: 4, heightUnits: 3 }),
    RangeError,
    "4 x 3 cells cannot be cut into 13 pieces",
  );
});

Deno.test("cuts need whole positive numbers", () => {
  assertThrows(() => guillotineInstance(0), RangeError, "count is 0");
  assertThrows(() => guillotineInstance(5, { moments: 1.5 }), RangeError, "moments is 1.5");
});
