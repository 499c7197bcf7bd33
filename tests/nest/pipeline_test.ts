import {
  affine,
  type Computation,
  count,
  countStages,
  defineNest,
  definePipeline,
  execute,
  type Nest,
  parallel,
  type Pipeline,
  pseudocode,
  ScheduleError,
  simulateCache,
} from "tinyloom";
import { assertEquals, assertThrows } from "../assert.ts";

const shifted = (from: string, to: string, by = 0) =>
  defineNest({
    name: "shifted",
    extents: { i: 4 },
    tensors: [
      { name: from, dtype: "f32", shape: [8], role: "input" },
      { name: to, dtype: "f32", shape: [8], role: "output" },
    ],
    body: {
      target: { tensor: to, index: [affine("i")] },
      update: "set",
      value: {
        kind: "binary",
        op: "add",
        left: { kind: "read", access: { tensor: from, index: [affine("i", by)] } },
        right: { kind: "constant", value: 1 },
      },
    },
  });
const stage = (title: string, nest: Nest, offsets = {}) =>
  ({ kind: "stage", title, nest, offsets }) as const;
const buffer = (name: string, role: "input" | "output" | "scratch", sharesWith?: string) =>
  ({ name, dtype: "f32", shape: [8], role, ...(sharesWith && { sharesWith }) }) as const;
const pipeline = (parts: Partial<Pipeline>): Pipeline => ({
  ...{ name: "test", shape: "8", nodes: [], reference: shifted("X", "Y") },
  buffers: [buffer("X", "input"), buffer("T", "scratch"), buffer("Y", "output")],
  ...parts,
});

Deno.test("stages run in order, repeats move their tensors", () => {
  const twice = definePipeline(pipeline({
    nodes: [
      {
        kind: "repeat",
        axis: "half",
        extent: 2,
        body: [
          stage("add one", shifted("X", "T"), {
            X: affine({ half: 4 }),
            T: affine({ half: -4 }, 4),
          }),
        ],
      },
      stage("add one more", shifted("T", "Y"), { T: affine(4), Y: affine(2) }),
    ],
  }));
  const X = Float32Array.from({ length: 8 }, (_, at) => at);
  assertEquals([...execute(twice, { X }).Y], [0, 0, 2, 3, 4, 5, 0, 0]);
  assertEquals(
    pseudocode(twice),
    `// T: 8, f32
for (half = 0; half < 2; half++)
  // add one: X from element 4 * half, T from element -4 * half + 4
  for (i = 0; i < 4; i++)
    T[i] = X[i] + 1
// add one more: T from element 4, Y from element 2
for (i = 0; i < 4; i++)
  Y[i] = T[i] + 1
`,
  );
  assertEquals(countStages(twice).map(({ times, counts }) => [times, counts.loads]), [
    [2, 8],
    [1, 4],
  ]);
  assertEquals(count(twice).loads, 12);
  const lines = { name: "L1", sizeBytes: 1024, ways: 2, lineBytes: 64 };
  const [cache] = simulateCache(twice, { name: "tiny", levels: [lines], source: "made up" });
  assertEquals([cache.accesses, cache.misses], [24, 3]);
});

Deno.test("a pipeline that takes over memory runs as long as it reads before it overwrites", () => {
  const inPlace = (by: number) =>
    definePipeline(pipeline({
      buffers: [buffer("X", "input"), buffer("Y", "output", "X")],
      nodes: [stage("shift", shifted("X", "Y", by))],
      reference: shifted("X", "Y", by),
    }));
  const X = Float32Array.from({ length: 8 }, (_, at) => at);
  assertEquals([...execute(inPlace(1), { X }).Y].slice(0, 4), [2, 3, 4, 5]);
  const twice = definePipeline(pipeline({
    buffers: [buffer("X", "input"), buffer("Y", "output", "X")],
    nodes: [stage("shift", shifted("X", "Y")), stage("again", shifted("X", "Y"))],
  }));
  assertThrows(
    () => execute(twice, { X }),
    ScheduleError,
    'Cannot run test in shared memory: it reads element 0 of "X", which "Y" overwrote',
  );
});

Deno.test("a pipeline is refused where a stage reads what is not there", () => {
  const refused = (parts: Partial<Pipeline>, message: string, type = TypeError) =>
    assertThrows(() => definePipeline(pipeline(parts)), type as ErrorConstructor, message);
  refused(
    { nodes: [stage("s", shifted("T", "Y"))] },
    'Cannot run "s" in test: it reads "T", which nothing has written yet',
  );
  refused(
    { nodes: [stage("s", shifted("Z", "Y"))] },
    'Cannot run "s" in test: there is no buffer "Z"',
  );
  refused(
    { nodes: [stage("s", shifted("X", "T"))] },
    'Cannot define test: no stage writes its output "Y"',
  );
  refused(
    { nodes: [stage("a", shifted("X", "T")), stage("b", shifted("T", "X"))] },
    'Cannot run "b" in test: it writes "X", which is an input',
  );
  refused(
    { nodes: [stage("s", shifted("X", "Y"), { X: affine(5) })] },
    '"s" uses elements 5..8 of "X", which has only 0..7',
    RangeError,
  );
  refused(
    { nodes: [{ kind: "repeat", axis: "i", extent: 2, body: [stage("s", shifted("X", "Y"))] }] },
    'Cannot run "s" in test: a repeat around it is called "i" as its loop',
  );
  const sum: Nest = {
    ...shifted("X", "Y"),
    body: { ...shifted("X", "Y").body, update: "add" },
  };
  refused(
    { nodes: [stage("s", sum)] },
    'Cannot run "s" in test: it adds to what "Y" holds; give its sum a start',
  );
  refused(
    {
      buffers: [buffer("X", "input"), buffer("Y", "output", "Z")],
      nodes: [stage("s", shifted("X", "Y"))],
    },
    'Cannot define test: "Y" cannot take the memory of "Z"',
  );
});

Deno.test("a pipeline is refused for buffers, repeats and references that do not fit", () => {
  const refused = (parts: Partial<Pipeline>, message: string, type = TypeError) =>
    assertThrows(() => definePipeline(pipeline(parts)), type as ErrorConstructor, message);
  const copy = [stage("s", shifted("X", "Y"))];
  const [X, T, Y] = pipeline({}).buffers;
  const weights = { ...T, role: "weights" } as const;
  refused({ nodes: copy, buffers: [X, Y, T, T] }, 'two buffers are called "T"');
  refused({ nodes: copy, buffers: [X, Y, { ...T, name: "a b" }] }, 'Cannot name a buffer "a b"');
  refused({ nodes: copy, buffers: [X, Y, weights] }, 'its reference has no input "T"');
  refused({ nodes: copy, buffers: [X, { ...Y, dtype: "i32" }] }, 'buffer "Y" is i32, but its nest');
  refused({ nodes: copy, reference: shifted("T", "Y") }, 'its reference has no input "X"');
  const shorter = {
    ...shifted("X", "Y"),
    tensors: [{ ...Y, shape: [4], role: "output" as const }],
  };
  refused({ nodes: copy, reference: shorter }, 'its reference has "Y", f32 of 4, and no buffer');
  refused(
    { nodes: [stage("s", shifted("X", "T"))], buffers: [X, weights, Y] },
    'Cannot run "s" in test: it writes "T", which is an input',
  );
  const sharing = (sharesWith: string) => ({ ...Y, sharesWith });
  for (const other of [weights, { ...T, sharesWith: "X" }]) {
    refused(
      { nodes: copy, buffers: [X, other, sharing("T")] },
      '"Y" cannot take the memory of "T"',
    );
  }
  refused({ nodes: [stage("s", parallel(shifted("X", "Y"), "i"))] }, '"i" is parallel');
  const repeat = (axis: string, extent: number, offset = {}) =>
    [{ kind: "repeat", axis, extent, body: [stage("s", shifted("X", "Y"), offset)] }] as const;
  definePipeline(pipeline({ nodes: repeat("j", 1) }));
  for (const extent of [0, 1.5, NaN]) {
    refused({ nodes: repeat("j", extent) }, "must be a positive integer", RangeError);
  }
  refused({ nodes: repeat("for", 2) }, 'Cannot name a repeat "for"');
  const places = (least: number, most: number) => `"s" uses elements ${least}..${most} of "X"`;
  definePipeline(pipeline({ nodes: repeat("j", 5, { X: affine({ j: 1 }) }) }));
  refused({ nodes: repeat("j", 6, { X: affine({ j: 1 }) }) }, places(0, 8), RangeError);
  definePipeline(pipeline({ nodes: repeat("j", 5, { X: affine({ j: -1 }, 4) }) }));
  refused({ nodes: repeat("j", 6, { X: affine({ j: -1 }, 4) }) }, places(-1, 7), RangeError);
});

Deno.test("places in rows and columns are counted through the whole buffer", () => {
  const corner = defineNest({
    name: "corner",
    extents: { i: 2, j: 3 },
    tensors: [
      { name: "X", dtype: "f32", shape: [2, 4], role: "input" },
      { name: "Y", dtype: "f32", shape: [2, 4], role: "output" },
    ],
    body: {
      target: { tensor: "Y", index: [affine("i"), affine("j")] },
      update: "set",
      // One row above and a column beyond, which are not there.
      value: {
        kind: "read",
        access: { tensor: "X", index: [affine("i", -1), affine("j", 2)], outside: 0 },
      },
    },
  });
  const at = (offsets: Parameters<typeof stage>[2]) =>
    definePipeline(pipeline({ nodes: [stage("s", corner, offsets)], reference: corner }));
  at({ X: affine(0), Y: affine(1) });
  at({ X: affine(4) });
  assertThrows(() => at({ Y: affine(2) }), RangeError, 'elements 2..8 of "Y", which has only 0..7');
  assertThrows(() => at({ X: affine(5) }), RangeError, 'elements 7..8 of "X", which has only 0..7');
});

Deno.test("a sum starts from its number, in registers or in memory", () => {
  const sum = (start?: number) =>
    defineNest({
      name: "sum",
      extents: { i: 2, k: 3 },
      tensors: [
        { name: "X", dtype: "f32", shape: [2, 3], role: "input" },
        { name: "Y", dtype: "f32", shape: [2], role: "output" },
      ],
      body: {
        target: { tensor: "Y", index: [affine("i")] },
        update: "add",
        value: { kind: "read", access: { tensor: "X", index: [affine("i"), affine("k")] } },
        ...(start !== undefined && { start }),
      },
    });
  const X = Float32Array.of(1, 2, 3, 10, 20, 30);
  const run = (nest: Computation) => [...execute(nest, { X }).Y];
  assertEquals(run(sum()), [6, 60]);
  assertEquals(run(sum(100)), [106, 160]);
  assertEquals(
    pseudocode(sum(100)),
    `Y = 100  // wherever it is summed
for (i = 0; i < 2; i++)
  for (k = 0; k < 3; k++)
    Y[i] += X[i][k]
`,
  );
});
