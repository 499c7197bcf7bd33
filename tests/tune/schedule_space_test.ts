import {
  applySteps,
  bestMatmul,
  type BestMatmulOptions,
  createPool,
  execute,
  interpret,
  matmul,
  type Nest,
  randomInputs,
  ScheduleError,
  type ThreadPool,
} from "tinyloom";
import { randomStream } from "../../lib/measure/random.ts";
import {
  crossGenomes,
  type Genome,
  identity,
  mutateGenome,
  randomGenome,
  type ScheduleSpace,
  scheduleSpace,
} from "../../lib/tune/genome.ts";
import { estimate } from "../../lib/tune/judge.ts";
import { scheduleOf } from "../../lib/tune/schedule_of.ts";
import { seedGenomes } from "../../lib/tune/seed_genomes.ts";
import { assert, assertEquals } from "../assert.ts";
import { nests } from "./nests.ts";

function scheduled(space: ScheduleSpace, genome: Genome): Nest | null {
  try {
    const nest = applySteps(space.plain, scheduleOf(space, genome));
    return estimate(nest, { fma: true }).reason === null ? nest : null;
  } catch (error) {
    if (error instanceof ScheduleError) return null;
    throw error;
  }
}

function assertComputes(nest: Nest, pool?: ThreadPool): void {
  const inputs = randomInputs(nest);
  const { tensor } = nest.body.target;
  const expected = interpret(nest, inputs)[tensor];
  const actual = execute(nest, inputs, { fma: true, pool })[tensor];
  const exact = nest.tensors.every(({ dtype }) => !dtype.startsWith("f"));
  const tolerance = exact ? 0 : 1e-4;
  expected.forEach((value, at) => {
    const error = Math.abs(actual[at] - value);
    assert(error <= tolerance, `${nest.name} is off by ${error}: ${JSON.stringify(nest.steps)}`);
  });
}

function sampled(space: ScheduleSpace, count: number): readonly Genome[] {
  const random = randomStream(20, 0);
  const genomes = [...seedGenomes(space)];
  while (genomes.length < count) {
    const one = genomes[random(genomes.length)];
    const other = genomes[random(genomes.length)];
    const drawn = [
      () => randomGenome(space, random),
      () => mutateGenome(space, one, random),
      () => crossGenomes(one, other, random),
    ];
    genomes.push(drawn[random(3)]());
  }
  return genomes;
}

for (const [name, nest] of Object.entries(nests)) {
  Deno.test(`every legal schedule in the space of ${name} computes what the plain nest does`, () => {
    const space = scheduleSpace(nest, { threads: 1 });
    const legal = sampled(space, 120).map((genome) => scheduled(space, genome))
      .filter((each) => each !== null);
    for (const each of legal) assertComputes(each);
    assert(legal.length >= 20, `only ${legal.length} are legal`);
    assert(new Set(legal.map(identity)).size >= 10);
  });
}

Deno.test("legal schedules with a parallel loop compute the same on two threads", () => {
  using pool = createPool(2);
  for (const name of ["matmul", "product", "conv2dInt8", "depthwise"]) {
    const space = scheduleSpace(nests[name], { threads: 2 });
    const legal = sampled(space, 60).map((genome) => scheduled(space, genome))
      .filter((each) => each !== null);
    assert(legal.some((each) => each.loops.some((loop) => loop.mode === "parallel")));
    for (const each of legal) assertComputes(each, pool);
  }
});

Deno.test("the space of a matrix product starts from what bestMatmul makes without panels of A", () => {
  const cases: readonly BestMatmulOptions[] = [
    { m: 512, k: 512, n: 160 },
    { m: 512, k: 512, n: 512, fma: false },
    { m: 640, k: 1280, n: 160, threads: 2 },
    { m: 17, k: 31, n: 13 },
    // Fewer elements of B than pay for a copy, and just as many.
    { m: 64, k: 63, n: 64 },
    { m: 64, k: 64, n: 64 },
    { m: 1, k: 1000, n: 100 },
    { m: 100, k: 300, n: 1, threads: 2 },
    { m: 3, k: 300, n: 1 },
    { m: 64, k: 600, n: 64, dtype: "i8" },
    { m: 30, k: 300, n: 1, dtype: "i8" },
  ];
  for (const each of cases) {
    const best = bestMatmul(each);
    const space = scheduleSpace(best, { threads: each.threads ?? 1 });
    const starts = seedGenomes(space).map((genome) => scheduled(space, genome))
      .map((nest) => nest && identity(nest));
    assert(starts.includes(identity(best)), JSON.stringify(each));
  }
});

Deno.test("names of loops give way to axes that are called the same", () => {
  const space = scheduleSpace(nests.transpose, { threads: 1 });
  const genome: Genome = {
    ...seedGenomes(space)[0],
    tiles: { i: 4, ti: 4 },
    tileOrder: ["i", "ti"],
    packs: { X: -1 },
    vector: "none",
  };
  assertEquals(scheduleOf(space, genome)[0], {
    op: "tile",
    sizes: { i: 4, ti: 4 },
    names: { i: "ti2", ti: "tti" },
  });
});

Deno.test("counting refuses a schedule that is unrolled beyond measure", () => {
  const steps = [{ op: "unroll", axis: "i", factor: "full" }, {
    op: "unroll",
    axis: "j",
    factor: "full",
  }, { op: "unroll", axis: "k", factor: "full" }] as const;
  const nest = applySteps(matmul({ m: 8, k: 20, n: 20 }), steps);
  assertEquals(
    estimate(nest, { fma: true }).reason,
    "unrolled into 3200 copies of the body, more than 2048",
  );
});

Deno.test("values that do not fit into registers count as instructions", () => {
  const plain = matmul({ m: 28, k: 32, n: 32 });
  const blocked = (rows: number, columns: number) =>
    estimate(
      applySteps(plain, [
        { op: "tile", sizes: { j: columns, i: rows }, names: { j: "jr", i: "ir" } },
        { op: "reorder", order: ["jr", "ir", "k", "j", "i"] },
        { op: "unroll", axis: "j", factor: "full" },
        { op: "unroll", axis: "i", factor: "full" },
        { op: "accumulate", at: "k" },
        { op: "vectorize", axis: "j" },
      ]),
      { fma: true },
    ).instructions!;
  assert(blocked(7, 8) > blocked(4, 8));
  assert(blocked(14, 16) > blocked(2, 16));
});
