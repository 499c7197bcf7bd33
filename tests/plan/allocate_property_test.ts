import fc from "fast-check";
import { assert, assertEquals } from "../assert.ts";
import { allocate, type AllocateRules, guillotineInstance, validateAllocation } from "../../mod.ts";
import { arbitraryBuffers } from "./arbitrary_buffers.ts";
import { bruteForceHeight } from "./brute_force.ts";

const tiny = { count: 6, moments: 6, maxBytes: 5 };
const instances = {
  plain: arbitraryBuffers(tiny),
  aligned: arbitraryBuffers({ ...tiny, alignments: [1, 2, 4] }),
  "oddly aligned": arbitraryBuffers({ ...tiny, alignments: [2, 3, 4] }),
  fixed: arbitraryBuffers({ ...tiny, fixed: true }),
  "fixed and aligned": arbitraryBuffers({ ...tiny, fixed: true, alignments: [1, 2, 3] }),
};

for (const [name, arbitrary] of Object.entries(instances)) {
  Deno.test(`the optimum of tiny ${name} instances is that of brute force`, () => {
    fc.assert(
      fc.property(arbitrary, (buffers) => {
        const plan = allocate(buffers);
        assertEquals(validateAllocation(buffers, plan), []);
        assertEquals(plan.heightBytes, bruteForceHeight(buffers));
        assert(plan.optimal);
      }),
      { seed: 7, numRuns: 300 },
    );
  });

  Deno.test(`the search alone agrees with brute force on tiny ${name} instances`, () => {
    // One byte less than the optimum is impossible, and the search must prove it by itself.
    fc.assert(
      fc.property(arbitrary, (buffers) => {
        const optimum = bruteForceHeight(buffers);
        const rules = { heuristics: false };
        const fits = allocate(buffers, { capacity: optimum, rules });
        assert(fits.fits);
        assertEquals(validateAllocation(buffers, fits, { capacity: optimum }), []);
        if (optimum === 0) return;
        const tooLow = allocate(buffers, { capacity: optimum - 1, rules });
        assertEquals([tooLow.fits, tooLow.lowerBoundBytes], [false, optimum]);
      }),
      { seed: 11, numRuns: 300 },
    );
  });
}

const switches: readonly (keyof AllocateRules)[] = [
  "heuristics",
  "restarts",
  "bound",
  "walls",
  "raise",
  "support",
  "decompose",
  "memo",
  "twins",
];
for (const rule of switches) {
  Deno.test(`the optimum is the same without the rule ${rule}`, () => {
    fc.assert(
      fc.property(instances["fixed and aligned"], (buffers) => {
        const plan = allocate(buffers, { rules: { heuristics: false, [rule]: false } });
        assertEquals(validateAllocation(buffers, plan), []);
        assertEquals(plan.heightBytes, bruteForceHeight(buffers));
        assert(plan.optimal);
      }),
      { seed: 13, numRuns: 100 },
    );
  });
}

Deno.test("with every rule off the search is still exact", () => {
  const rules = Object.fromEntries(switches.map((rule) => [rule, false]));
  fc.assert(
    fc.property(instances.aligned, (buffers) => {
      const plan = allocate(buffers, { rules });
      assertEquals(plan.heightBytes, bruteForceHeight(buffers));
      assert(plan.optimal);
    }),
    { seed: 17, numRuns: 100 },
  );
});

Deno.test("allocations of larger random instances are valid under a node limit", () => {
  const arbitrary = arbitraryBuffers({
    count: 60,
    moments: 40,
    maxBytes: 1000,
    alignments: [1, 16, 64],
    fixed: true,
  });
  fc.assert(
    fc.property(arbitrary, fc.nat(1000), (buffers, seed) => {
      const plan = allocate(buffers, { seed, nodeLimit: 2000 });
      assertEquals(validateAllocation(buffers, plan), []);
    }),
    { seed: 19, numRuns: 100 },
  );
});

Deno.test("the same seed gives the same allocation", () => {
  const buffers = guillotineInstance(60, { seed: 3 });
  const places = (seed: number) =>
    allocate(buffers, { seed, nodeLimit: 20_000 }).buffers.map((b) => b.offsetBytes);
  assertEquals(places(5), places(5));
});

for (const seed of [1, 2, 3]) {
  Deno.test(`a rectangle cut into 100 buffers is put together again, seed ${seed}`, () => {
    const buffers = guillotineInstance(100, { seed, moments: 128 });
    const plan = allocate(buffers, { capacity: 1024 * 1024 });
    assert(plan.fits);
    assertEquals(plan.heightBytes, 1024 * 1024);
    assertEquals(validateAllocation(buffers, plan, { capacity: 1024 * 1024 }), []);
  });
}

Deno.test("the height of a cut rectangle is minimised to the optimum, with proof", () => {
  const buffers = guillotineInstance(80, { seed: 9, moments: 256 });
  const plan = allocate(buffers);
  assertEquals([plan.heightBytes, plan.optimal], [1024 * 1024, true]);
  assertEquals(validateAllocation(buffers, plan), []);
});
