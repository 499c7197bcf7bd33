// How choices are drawn, changed, mixed and selected: the odds, over many draws of fixed seeds.
import { matmul, type Nest } from "tinyloom";
import { randomStream } from "../../lib/measure/random.ts";
import type { Candidate } from "../../lib/tune/candidate.ts";
import {
  crossGenomes,
  type Genome,
  mutateGenome,
  randomGenome,
  scheduleSpace,
} from "../../lib/tune/genome.ts";
import { search } from "../../lib/tune/search.ts";
import { assert, assertAlmostEquals, assertEquals } from "../assert.ts";
import { nests } from "./nests.ts";

const DRAWS = 6000;

function drawn(nest: Nest, threads = 1): readonly Genome[] {
  const space = scheduleSpace(nest, { threads });
  const random = randomStream(3, 0);
  return Array.from({ length: DRAWS }, () => randomGenome(space, random));
}

/** Shares of what is found, as percents that are within three of those said. */
function assertShares(found: readonly unknown[], shares: Readonly<Record<string, number>>): void {
  const counts = Map.groupBy(found, String);
  assertEquals([...counts.keys()].sort(), Object.keys(shares).sort());
  for (const [value, share] of Object.entries(shares)) {
    assertAlmostEquals(100 * counts.get(value)!.length / found.length, share, 3, value);
  }
}

const even = (values: readonly unknown[]) =>
  Object.fromEntries(values.map((value) => [String(value), 100 / values.length]));
const upTo = (least: number, most: number) =>
  Array.from({ length: most - least + 1 }, (_, i) => least + i);

Deno.test("choices of a random schedule have their odds", () => {
  const genomes = drawn(matmul({ m: 100, k: 12, n: 3000 }), 2);
  const all = <G extends keyof Genome>(gene: G) => genomes.map((genome) => genome[gene]);
  // Four times in five the contiguous axis, else any.
  assertShares(all("column"), { i: 10, j: 90 });
  assertShares(all("columns"), even(upTo(1, 8)));
  assertShares(all("row"), { null: 12.5, i: 43.75, j: 43.75 });
  assertShares(all("rowsInside"), { true: 75, false: 25 });
  assertShares(all("vector"), { column: 400 / 6, reduction: 100 / 6, none: 100 / 6 });
  assertShares(all("hold"), { true: 90, false: 10 });
  assertShares(all("pairs"), { null: 100 });
  assertShares(all("unroll"), { full: 25, 1: 30, 2: 15, 4: 15, 8: 15 });
  assertShares(all("unrollNext"), { false: 100 });
  assertShares(all("packs").map(({ A }) => A), even(upTo(-1, 4)));
  assertShares(all("parallel"), even([0, 1, 2]));
  assertShares(all("spaceOrder"), even(["i,j", "j,i"]));
  assertShares(all("tileOrder"), even(["i,j,k", "i,k,j", "j,i,k", "j,k,i", "k,i,j", "k,j,i"]));
  // Tiles are smaller than their axis; no tile counts twice.
  assertShares(all("tiles").map(({ k }) => k), { 0: 200 / 3, 8: 100 / 3 });
  const some = [8, 16, 32, 48, 64, 96];
  assertShares(all("tiles").map(({ i }) => i), {
    0: 25,
    ...Object.fromEntries(some.map((size) => [size, 12.5])),
  });
  const most = [...some, 128, 192, 256, 384, 512, 768, 1024, 2048];
  assertShares(all("tiles").map(({ j }) => j), {
    0: 200 / 16,
    ...Object.fromEntries(most.map((size) => [size, 100 / 16])),
  });
});

Deno.test("a block of rows fits into fifteen registers, mostly of six rows at most", () => {
  const genomes = drawn(matmul({ m: 100, k: 120, n: 300 }));
  for (const { rows, columns } of genomes) assert(rows >= 1 && rows <= Math.floor(15 / columns));
  for (const columns of upTo(1, 8)) {
    const rows = genomes.filter((each) => each.columns === columns).map((each) => each.rows);
    assertEquals(Math.max(...rows), Math.floor(15 / columns));
  }
  const single = genomes.filter(({ columns }) => columns === 1);
  const share = single.filter(({ rows }) => rows > 6).length / single.length;
  assertAlmostEquals(100 * share, 100 / 4 * 9 / 15, 4);
  assertShares(genomes.map(({ parallel }) => parallel), { "-1": 100 });
  // A reduction of more than sixteen is not unrolled in full.
  assertShares(genomes.map(({ unroll }) => unroll), { 1: 40, 2: 20, 4: 20, 8: 20 });
  const sixteen = drawn(matmul({ m: 4, k: 16, n: 4 })).map(({ unroll }) => unroll);
  assertAlmostEquals(sixteen.filter((each) => each === "full").length / DRAWS, 0.25, 0.03);
  assert(drawn(matmul({ m: 4, k: 17, n: 4 })).every(({ unroll }) => unroll !== "full"));
});

Deno.test("int8 products go by pairs, windows unroll two loops, and copies hold nothing", () => {
  const pairs = drawn(matmul({ m: 4, k: 4, n: 4, dtype: "i8" })).map((genome) => genome.pairs);
  assertShares(pairs, { i16: 50, i8: 25, null: 25 });
  const window = drawn(nests.conv2dInt8);
  assertAlmostEquals(window.filter(({ unrollNext }) => unrollNext).length / DRAWS, 1 / 3, 0.03);
  const copies = drawn(nests.transpose);
  assert(copies.every(({ hold, unrollNext }) => !hold && !unrollNext));
});

Deno.test("a mutation changes one to three choices, sizes mostly by one", () => {
  const space = scheduleSpace(matmul({ m: 100, k: 12, n: 3000 }), { threads: 2 });
  const random = randomStream(4, 0);
  const base: Genome = { ...randomGenome(space, random), columns: 3, rows: 1 };
  const genes = Object.keys(base) as (keyof Genome)[];
  const changed = Array.from({ length: DRAWS }, () => mutateGenome(space, base, random));
  const differences = changed.map((genome) =>
    genes.filter((gene) => JSON.stringify(genome[gene]) !== JSON.stringify(base[gene]))
  );
  const most = Math.max(...differences.map(({ length }) => length));
  assertEquals(most, 3);
  const single = differences.filter(({ length }) => length === 1).length / DRAWS;
  const triple = differences.filter(({ length }) => length === 3).length / DRAWS;
  assert(single > 0.3 && single < 0.55, `${single}`);
  assert(triple > 0.015 && triple < 0.1, `${triple}`);
  const steps = changed.map(({ columns }) => columns - 3).filter((step) => step !== 0);
  const byOne = steps.filter((step) => Math.abs(step) === 1).length / steps.length;
  // Two in three by a step, of the rest two in eight.
  assertAlmostEquals(byOne, 2 / 3 + 1 / 3 * 2 / 7, 0.06);
  const up = steps.filter((step) => step === 1).length;
  const down = steps.filter((step) => step === -1).length;
  assertAlmostEquals(up / (up + down), 0.5, 0.06);
  const small: Genome = { ...base, columns: 1, rows: 1 };
  for (let i = 0; i < 500; i++) {
    const { columns, rows } = mutateGenome(space, small, random);
    assert(columns >= 1 && rows >= 1);
  }
  // One axis' tile, one tensor's copy at a time.
  const one = changed.filter((_, i) => differences[i].join() === "tiles");
  assert(one.length > 20);
  for (const { tiles } of one) {
    assert(Object.keys(tiles).filter((axis) => tiles[axis] !== base.tiles[axis]).length <= 2);
  }
});

Deno.test("a child has each choice from either parent, tiles and copies one by one", () => {
  const space = scheduleSpace(matmul({ m: 100, k: 12, n: 3000 }), { threads: 2 });
  const random = randomStream(5, 0);
  const one: Genome = {
    ...randomGenome(space, random),
    columns: 1,
    rows: 2,
    tiles: { i: 8, j: 16, k: 8 },
    packs: { A: 0, B: 1 },
  };
  const other: Genome = {
    ...one,
    columns: 2,
    rows: 5,
    tiles: { i: 32, j: 64, k: 0 },
    packs: { A: 2, B: 3 },
  };
  const children = Array.from({ length: 2000 }, () => crossGenomes(one, other, random));
  assertShares(children.map(({ columns }) => columns), even([1, 2]));
  assertShares(children.map(({ rows }) => rows), even([2, 5]));
  assertShares(
    children.map(({ tiles: { i, j } }) => [i, j]),
    even([[8, 16], [8, 64], [32, 16], [32, 64]]),
  );
  assertShares(
    children.map(({ packs: { A, B } }) => [A, B]),
    even([[0, 1], [0, 3], [2, 1], [2, 3]]),
  );
});

Deno.test("the better ones have the children, and one in eight is drawn anew", async () => {
  const space = scheduleSpace(matmul({ m: 100, k: 64, n: 300 }), { threads: 1 });
  // What makes a schedule good here is inherited.
  const timeOf = (steps: Candidate["steps"]) =>
    steps.length + (steps.some((step) => step.op === "tile" && step.sizes.j < 33) ? 0 : 100);
  const all: Candidate[] = [];
  const means: (readonly [children: number, parents: number])[] = [];
  for (const seed of [1, 2, 3, 4, 5, 6]) {
    const log: Candidate[] = [];
    const ended = await search(space, {
      seed,
      evaluations: 200,
      population: 60,
      given: null,
      judge: (steps) =>
        Promise.resolve({
          outcome: "timed",
          minNs: 1 + timeOf(steps),
          instructions: null,
          reason: null,
        }),
      ended: () => null,
      onCandidate: (candidate) => void log.push(candidate),
    });
    assertEquals([ended, log.length], ["evaluations", 200]);
    const mean = (some: readonly Candidate[]) =>
      some.reduce((sum, { minNs }) => sum + minNs!, 0) / some.length;
    const parents = log.filter(({ generation }) => generation === 0);
    const children = log.filter(({ generation, origin }) =>
      generation === 1 && origin !== "random"
    );
    means.push([mean(children), mean(parents)]);
    // Half as many as there are parents.
    assertEquals(log.filter(({ generation }) => generation === 1).length, 30);
    all.push(...log.filter(({ generation }) => generation > 0));
  }
  const [children, parents] = [0, 1].map((which) =>
    means.reduce((sum, each) => sum + each[which], 0)
  );
  assert(children < 0.9 * parents, `${children} of ${parents}`);
  const share = (origin: Candidate["origin"]) =>
    all.filter((each) => each.origin === origin).length / all.length;
  // Of those that are new: more than one in eight are drawn, and fewer mutations than crossings, as what was
  // tried before does not count, which a single mutation more often is.
  assertAlmostEquals(share("random"), 0.18, 0.06);
  assertAlmostEquals(share("mutation"), 0.29, 0.08);
  assertAlmostEquals(share("crossover"), 0.52, 0.08);
});

Deno.test("a search that finds nothing new for five hundred draws is over", async () => {
  const space = scheduleSpace(matmul({ m: 1, k: 2, n: 1 }), { threads: 1 });
  let judged = 0;
  const ended = await search(space, {
    seed: 1,
    evaluations: Infinity,
    population: 2,
    given: null,
    judge: () =>
      Promise.resolve({ outcome: "hopeless", minNs: null, instructions: null, reason: "no" }),
    ended: () => (judged++, null),
    onCandidate: () => {},
  });
  assertEquals([ended, judged], ["exhausted", 500]);
});
