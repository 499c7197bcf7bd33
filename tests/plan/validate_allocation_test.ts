import { assertEquals } from "../assert.ts";
import { type Allocation, type Buffer, validateAllocation } from "../../mod.ts";

const buffers: readonly Buffer[] = [
  { id: "a", from: 0, until: 2, sizeBytes: 4 },
  { id: "b", from: 1, until: 3, sizeBytes: 6, alignmentBytes: 2 },
  { id: "c", from: 2, until: 4, sizeBytes: 3 },
];
const valid: Allocation = {
  buffers: [
    { ...buffers[0], offsetBytes: 0 },
    { ...buffers[1], offsetBytes: 4 },
    { ...buffers[2], offsetBytes: 1 },
  ],
  heightBytes: 10,
  lowerBoundBytes: 10,
  optimal: true,
  fits: true,
  method: "by hand",
  nodes: 0,
  timeMs: 0,
};

function withChange(index: number, change: Partial<Buffer>): Allocation {
  return {
    ...valid,
    buffers: valid.buffers.map((b, i) => i === index ? { ...b, ...change } : b),
  };
}

Deno.test("a valid allocation has no faults", () => {
  assertEquals(validateAllocation(buffers, valid), []);
  assertEquals(validateAllocation(buffers, valid, { capacity: 10 }), []);
});

const faulty: readonly (readonly [string, Allocation, string])[] = [
  [
    "shared bytes",
    withChange(2, { offsetBytes: 2 }),
    '"b" at [4, 10) and "c" at [2, 5) share bytes while both are alive from 2 to 3',
  ],
  ["too small", withChange(0, { sizeBytes: 3 }), '"a" has 3 bytes, needs 4'],
  ["other lifetime", withChange(0, { until: 1 }), '"a" lives [0, 1), must live [0, 2)'],
  [
    "negative offset",
    withChange(2, { offsetBytes: -1 }),
    '"c" is at offset -1, must be an integer of at least 0',
  ],
  [
    "half a byte",
    withChange(2, { offsetBytes: 0.5 }),
    '"c" is at offset 0.5, must be an integer of at least 0',
  ],
  [
    "no offset",
    withChange(2, { offsetBytes: NaN }),
    '"c" is at offset NaN, must be an integer of at least 0',
  ],
  [
    "buffer twice",
    withChange(2, { id: "a", from: 0, until: 1, offsetBytes: 7 }),
    '"a" is placed 2 times, must be once',
  ],
  [
    "wrong height",
    { ...valid, heightBytes: 12 },
    "heightBytes is 12, the highest buffer ends at 10",
  ],
  [
    "bound above height",
    { ...valid, lowerBoundBytes: 11 },
    "lowerBoundBytes is 11, above the height 10",
  ],
  [
    "unproved optimum",
    { ...valid, lowerBoundBytes: 9 },
    "optimal is true at height 10 and bound 9",
  ],
  [
    "missing buffer",
    { ...valid, buffers: valid.buffers.slice(0, 2) },
    "2 buffers are placed, 3 were given",
  ],
];
for (const [name, allocation, fault] of faulty) {
  Deno.test(`the validator finds: ${name}`, () => {
    assertEquals(validateAllocation(buffers, allocation).includes(fault), true);
  });
}

Deno.test("the validator finds broken alignment, of one buffer and of all", () => {
  const high = { ...withChange(1, { offsetBytes: 5 }), heightBytes: 11, optimal: false };
  assertEquals(validateAllocation(buffers, high), ['"b" is at offset 5, must be a multiple of 2']);
  assertEquals(validateAllocation(buffers, valid, { alignmentBytes: 4 }), [
    '"c" is at offset 1, must be a multiple of 4',
  ]);
});

Deno.test("the validator finds a fixed buffer that moved", () => {
  const fixed = buffers.map((b) => b.id === "c" ? { ...b, offsetBytes: 0 } : b);
  assertEquals(validateAllocation(fixed, valid), ['"c" is at offset 1, is fixed at 0']);
});

Deno.test("the validator checks the claim to fit", () => {
  assertEquals(validateAllocation(buffers, valid, { capacity: 9 }), [
    "fits is true, but the arena ends at 10 and the capacity is 9",
  ]);
  assertEquals(validateAllocation(buffers, { ...valid, fits: false }, { capacity: 10 }), [
    "fits is false, but the arena ends at 10 and the capacity is 10",
  ]);
});
