// Detections, compiled, against the reference interpreter.
import * as fc from "fast-check";
import {
  createEngine,
  EngineError,
  type ModelTensor,
  type OperatorAttributes,
  run,
  runReference,
} from "../../mod.ts";
import { Numbers } from "../engine/random_layer.ts";
import { assertClose } from "../engine/same_as_reference.ts";
import { constant, single, tensor } from "../engine/single_operator.ts";
import { assertEquals, assertThrows } from "../assert.ts";

type Attributes = OperatorAttributes["TFLite_Detection_PostProcess"];

const attributes: Attributes = {
  maxDetections: 3,
  maxClassesPerDetection: 1,
  detectionsPerClass: 2,
  useRegularNms: false,
  nmsScoreThreshold: 0.25,
  nmsIouThreshold: 0.5,
  numClasses: 2,
  yScale: 10,
  xScale: 10,
  hScale: 5,
  wScale: 5,
};

function detections(
  some: Partial<Attributes>,
  { count, background, anchors }: {
    readonly count: number;
    readonly background: number;
    readonly anchors: Float32Array<ArrayBuffer>;
  },
) {
  const all = { ...attributes, ...some };
  const places = all.maxDetections * all.maxClassesPerDetection;
  const of = (...shape: number[]): ModelTensor => tensor("float32", shape);
  return single("TFLite_Detection_PostProcess", all, {
    inputs: [
      of(1, count, 4),
      of(1, count, all.numClasses + background),
      constant("float32", anchors, { shape: [count, 4] }),
    ],
    outputs: [of(1, places, 4), of(1, places), of(1, places), of(1)],
  });
}

const cases = fc.record({
  count: fc.integer({ min: 1, max: 30 }),
  background: fc.integer({ min: 0, max: 1 }),
  // Few scores, so that many are the same.
  levels: fc.constantFrom(2, 4, 1000),
  seed: fc.integer(),
  some: fc.record({
    maxDetections: fc.integer({ min: 1, max: 8 }),
    maxClassesPerDetection: fc.integer({ min: 1, max: 3 }),
    detectionsPerClass: fc.integer({ min: 1, max: 4 }),
    useRegularNms: fc.boolean(),
    nmsIouThreshold: fc.constantFrom(0.1, 0.5, 1).map(Math.fround),
    numClasses: fc.integer({ min: 1, max: 4 }),
  }),
});

Deno.test("compiled detections are the reference's", () => {
  fc.assert(
    fc.property(cases, ({ count, background, levels, seed, some }) => {
      const random = new Numbers(seed);
      const floats = (length: number, next: () => number) => Float32Array.from({ length }, next);
      const anchors = floats(4 * count, () => 0.1 + random.below(1000) / 1000);
      const model = detections(some, { count, background, anchors });
      const inputs = [
        floats(4 * count, () => random.below(400) / 100 - 2),
        floats(count * (some.numClasses + background), () => random.below(levels) / levels),
      ];
      const { outputs: expected } = runReference(model, inputs);
      for (const options of [{ checked: true }, {}, { dsp: true }]) {
        using engine = createEngine(model, options);
        run(engine, inputs).forEach((output, i) => {
          assertClose(output, expected[i], `output ${i} ${JSON.stringify(options)}`);
        });
      }
    }),
    { seed: 20261130, numRuns: 25 },
  );
});

Deno.test("of two boxes that overlap the better one is left", () => {
  // Twice the same box, and one beside it: centres and sizes.
  const anchors = Float32Array.of(1, 1, 2, 2, 1, 1, 2, 2, 1, 4, 2, 2);
  const model = detections({}, { count: 3, background: 1, anchors });
  const encodings = new Float32Array(12);
  const scores = Float32Array.of(0, 0.5, 0.25, 0, 0.125, 0.75, 0, 0.375, 0.25);
  const { outputs } = runReference(model, [encodings, scores]);
  assertEquals(outputs.map((output) => [...output].map(Number)), [
    [0, 0, 2, 2, 0, 3, 2, 5, 0, 0, 0, 0],
    [1, 0, 0],
    [0.75, 0.375, 0],
    [2],
  ]);
});

Deno.test("boxes without height are refused in the run", () => {
  const model = detections({}, { count: 1, background: 0, anchors: Float32Array.of(1, 1, 0, 2) });
  const inputs = [new Float32Array(4), Float32Array.of(0.5, 0.5)];
  assertThrows(() => runReference(model, inputs), EngineError, "without height or width");
  using engine = createEngine(model);
  assertThrows(() => run(engine, inputs), EngineError, "without height or width");
});
