import { assert, assertEquals, assertThrows } from "../assert.ts";
import { allocate, type Buffer, lowerBound, validateAllocation } from "../../mod.ts";
import { bruteForceHeight } from "./brute_force.ts";

const chain: readonly Buffer[] = [
  { id: "a", from: 0, until: 2, sizeBytes: 4 },
  { id: "b", from: 1, until: 3, sizeBytes: 6 },
  { id: "c", from: 2, until: 4, sizeBytes: 3 },
];

Deno.test("an empty list needs no memory", () => {
  const plan = allocate([]);
  assertEquals(
    [plan.buffers, plan.heightBytes, plan.lowerBoundBytes, plan.optimal, plan.fits],
    [[], 0, 0, true, true],
  );
});

Deno.test("a chain alternates between the ends of the arena", () => {
  const plan = allocate(chain);
  assertEquals(plan.heightBytes, 10);
  assert(plan.optimal);
  assertEquals(validateAllocation(chain, plan), []);
});

Deno.test("buffers that follow one another share the same bytes", () => {
  const plan = allocate([
    { id: "a", from: 0, until: 3, sizeBytes: 8 },
    { id: "b", from: 3, until: 5, sizeBytes: 8 },
  ]);
  assertEquals(plan.buffers.map((b) => b.offsetBytes), [0, 0]);
});

Deno.test("an optimum above the load is proved", () => {
  // The load is 4 at every moment, yet these eight pieces cannot be put together without a gap.
  const pieces: readonly Buffer[] = [
    { id: "a", from: 0, until: 3, sizeBytes: 1 },
    { id: "b", from: 0, until: 1, sizeBytes: 3 },
    { id: "c", from: 1, until: 2, sizeBytes: 2 },
    { id: "d", from: 1, until: 6, sizeBytes: 1 },
    { id: "e", from: 2, until: 3, sizeBytes: 1 },
    { id: "f", from: 2, until: 7, sizeBytes: 1 },
    { id: "g", from: 3, until: 6, sizeBytes: 2 },
    { id: "h", from: 6, until: 7, sizeBytes: 3 },
  ];
  assertEquals(lowerBound(pieces), 4);
  assertEquals(bruteForceHeight(pieces), 5);
  const plan = allocate(pieces);
  assertEquals([plan.heightBytes, plan.lowerBoundBytes, plan.optimal], [5, 5, true]);
  assertEquals(validateAllocation(pieces, plan), []);
  assertEquals(allocate(pieces, { capacity: 4 }).lowerBoundBytes, 5);
});

Deno.test("offsets are multiples of the alignment", () => {
  const plan = allocate(chain, { alignmentBytes: 8 });
  assertEquals(plan.buffers.map((b) => b.offsetBytes % 8), [0, 0, 0]);
  assertEquals(plan.heightBytes, 12);
  assert(plan.optimal);
});

Deno.test("a buffer's own alignment comes before the common one", () => {
  const buffers: readonly Buffer[] = [
    { id: "a", from: 0, until: 1, sizeBytes: 5 },
    { id: "b", from: 0, until: 1, sizeBytes: 7, alignmentBytes: 4 },
    { id: "c", from: 0, until: 1, sizeBytes: 9, alignmentBytes: 6 },
  ];
  const plan = allocate(buffers);
  assertEquals(validateAllocation(buffers, plan), []);
  assertEquals(plan.heightBytes, 21);
});

Deno.test("fixed buffers stay where they are and the others go around them", () => {
  const buffers: readonly Buffer[] = [
    { id: "a", from: 0, until: 4, sizeBytes: 2, offsetBytes: 4 },
    { id: "b", from: 1, until: 3, sizeBytes: 4 },
    { id: "c", from: 2, until: 5, sizeBytes: 3 },
  ];
  const plan = allocate(buffers);
  assertEquals(plan.buffers.map((b) => b.offsetBytes), [4, 0, 6]);
  assert(plan.optimal);
});

Deno.test("within a capacity the first allocation that fits is enough", () => {
  const plan = allocate(chain, { capacity: 1000 });
  assert(plan.fits);
  assert(plan.heightBytes <= 1000);
});

Deno.test("buffers that exceed the capacity do not fit, with proof", () => {
  for (const capacity of [0, 5, 9]) {
    const plan = allocate(chain, { capacity });
    assertEquals(plan.fits, false);
    assert(plan.lowerBoundBytes > capacity);
    assertEquals(validateAllocation(chain, plan, { capacity }), []);
  }
});

Deno.test("without time or nodes the heuristics still answer", () => {
  for (const options of [{ timeLimitMs: 0 }, { nodeLimit: 0 }]) {
    const plan = allocate(chain, options);
    assertEquals(validateAllocation(chain, plan), []);
  }
});

Deno.test("sizes beyond 32 bits are placed", () => {
  const buffers = chain.map((b) => ({ ...b, sizeBytes: b.sizeBytes * 2 ** 40 + 1 }));
  const plan = allocate(buffers);
  assertEquals(plan.heightBytes, 10 * 2 ** 40 + 2);
  assertEquals(validateAllocation(buffers, plan), []);
});

Deno.test("the buffers given are returned in their order and left as they were", () => {
  const given = structuredClone(chain) as Buffer[];
  const plan = allocate(given);
  assertEquals(given, chain);
  assertEquals(plan.buffers.map((b) => b.id), ["a", "b", "c"]);
});

const fine: Buffer = { id: "x", from: 0, until: 1, sizeBytes: 1 };
const refused: readonly (readonly [string, unknown, ErrorConstructor, string])[] = [
  ["no list", 7, TypeError, "buffers is number"],
  ["no id", [{ ...fine, id: 3 }], TypeError, "buffers[0] has no id"],
  ["same id twice", [fine, fine], RangeError, 'buffers[1]: id "x" occurs twice'],
  ["negative size", [{ ...fine, sizeBytes: -4 }], RangeError, "sizeBytes is -4"],
  ["size zero", [{ ...fine, sizeBytes: 0 }], RangeError, "sizeBytes is 0"],
  ["size NaN", [{ ...fine, sizeBytes: NaN }], RangeError, "sizeBytes is NaN"],
  ["half a byte", [{ ...fine, sizeBytes: 1.5 }], RangeError, "sizeBytes is 1.5"],
  ["size as text", [{ ...fine, sizeBytes: "4" }], TypeError, "sizeBytes is string"],
  ["size null", [{ ...fine, sizeBytes: null }], TypeError, "sizeBytes is null"],
  ["huge sizes", [{ ...fine, sizeBytes: 2 ** 53 - 1 }], RangeError, "must stay within"],
  ["negative time", [{ ...fine, from: -1 }], RangeError, "from is -1"],
  ["empty lifetime", [{ ...fine, until: 0 }], RangeError, "lifetime [0, 0) is empty"],
  ["backward lifetime", [{ ...fine, from: 5, until: 2 }], RangeError, "[5, 2) is empty"],
  ["alignment zero", [{ ...fine, alignmentBytes: 0 }], RangeError, "alignmentBytes is 0"],
  [
    "misaligned place",
    [{ ...fine, alignmentBytes: 4, offsetBytes: 6 }],
    RangeError,
    "no multiple of the alignment 4",
  ],
  [
    "colliding places",
    [{ ...fine, offsetBytes: 0 }, { ...fine, id: "y", offsetBytes: 0 }],
    RangeError,
    'buffers "x" and "y" are fixed',
  ],
];
for (const [name, buffers, errorClass, message] of refused) {
  Deno.test(`input is refused: ${name}`, () => {
    assertThrows(() => allocate(buffers as Buffer[]), errorClass, message);
  });
}

Deno.test("options are refused: negative, NaN, wrong type", () => {
  assertThrows(() => allocate([], { capacity: -1 }), RangeError, "capacity is -1");
  assertThrows(() => allocate([], { capacity: NaN }), RangeError, "capacity is NaN");
  assertThrows(() => allocate([], { alignmentBytes: 0 }), RangeError, "alignmentBytes is 0");
  assertThrows(() => allocate([], { timeLimitMs: NaN }), RangeError, "timeLimitMs is NaN");
  assertThrows(() => allocate([], { nodeLimit: -1 }), RangeError, "nodeLimit is -1");
  assertThrows(() => allocate([], { seed: 0.5 }), RangeError, "seed is 0.5");
  const misspelt = { memmo: false } as Record<string, boolean>;
  assertThrows(() => allocate([], { rules: misspelt }), RangeError, 'rules has "memmo"');
  const wrong = { memo: 0 } as unknown as Record<string, boolean>;
  assertThrows(() => allocate([], { rules: wrong }), TypeError, "rules.memo is number");
});
