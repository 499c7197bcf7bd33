import * as fc from "fast-check";
import {
  createEngine,
  createPool,
  type Model,
  type Plan,
  planMemory,
  run,
  runReference,
  ScheduleError,
  type Step,
  zoo,
} from "../../mod.ts";
import { assert, assertEquals, assertStringIncludes, assertThrows } from "../assert.ts";
import { depthwiseLayers } from "./random_layer.ts";
import { plainPlan } from "./same_as_reference.ts";
import { constant, single, tensor } from "./single_operator.ts";

/** How a schedule cuts a layer up. */
interface Cut {
  readonly pixels: number;
  readonly channels: number;
  readonly rows: "loop" | "full";
  readonly parallel?: string;
}

/** The schedule of a layer's block; images and rows of which there is one have no loop. */
function stepsOf(model: Model, { pixels, channels, rows, parallel }: Cut): readonly Step[] {
  const [batches, height] = model.tensors[model.outputs[0]].shape;
  const lines = [...batches > 1 ? ["image"] : [], ...height > 1 ? ["row"] : []];
  const isTiled = pixels > 1;
  const full = (axis: string): Step => ({ op: "unroll", axis, factor: "full" });
  return [
    { op: "tile", sizes: isTiled ? { col: pixels, c: channels } : { c: channels } },
    {
      op: "reorder",
      order: [...lines, isTiled ? "tcol" : "col", "tc", "kh", "kw", "c", ...isTiled ? ["col"] : []],
    },
    { op: "pack", tensor: "W", at: null },
    ...rows === "full" ? [full("kh")] : [],
    ...["kw", ...channels > 4 ? ["c"] : [], ...isTiled ? ["col"] : []].map(full),
    { op: "vectorize", axis: "c" },
    { op: "accumulate", at: "kh" },
    ...parallel === undefined ? [] : [{ op: "parallel", axis: parallel } as const],
  ];
}

const cuts = fc.record({
  pixels: fc.integer({ min: 1, max: 9 }),
  channels: fc.constantFrom(4, 8),
  rows: fc.constantFrom("loop" as const, "full" as const),
});
const layers = depthwiseLayers.filter(({ model: { operators: [operator] } }) => (
  operator.op === "DEPTHWISE_CONV_2D" && operator.attributes.depthMultiplier === 1
));
const overlap = ["optimal-offsets", "overlap"] as const;
const runs = { seed: 20270114, numRuns: 300 };

/** The cut as far as a plan allows it. */
function allowed(cut: Cut, model: Model, { steps: [step] }: Plan): Cut {
  const channels = model.tensors[model.outputs[0]].shape[3];
  const most = Math.min(channels, step.channelsAtOnce ?? Infinity);
  return {
    ...cut,
    pixels: Math.min(cut.pixels, step.pixelsAtOnce ?? Infinity),
    channels: most >= 8 ? cut.channels : 4,
  };
}

Deno.test("whatever pixels, channels and rows a reader's schedule takes, the result is the same bits", () => {
  const rings = fc.record({ pixels: fc.constantFrom(1, 2, 4), channels: fc.constantFrom(4, 8) });
  fc.assert(
    fc.property(layers, cuts, rings, ({ model, inputs }, cut, ring) => {
      const { outputs } = runReference(model, inputs);
      const plans = [planMemory(model, ring), planMemory(model, { ...ring, techniques: overlap })];
      for (const plan of [plainPlan(model), ...plans]) {
        const own = allowed(cut, model, plan);
        const steps = stepsOf(model, own);
        for (const relaxedDot of [undefined, false]) {
          using engine = createEngine(model, {
            plan,
            relaxedDot,
            checked: true,
            schedules: [steps],
          });
          const [{ schedule, kernel }] = engine.layers;
          assertEquals(schedule, steps);
          assertStringIncludes(kernel, ` ${own.pixels}x`);
          assertEquals(run(engine, inputs), outputs, kernel);
        }
      }
    }),
    runs,
  );
});

Deno.test("threads share the rows or the blocks of channels that a reader says", () => {
  using pool = createPool(2);
  fc.assert(
    fc.property(layers, cuts, fc.boolean(), ({ model, inputs }, cut, sharesBlocks) => {
      const plan = plainPlan(model);
      const [batches, height] = model.tensors[model.outputs[0]].shape;
      const lines = batches > 1 ? "image" : height > 1 ? "row" : "tc";
      const parallel = sharesBlocks ? "tc" : lines;
      const steps = stepsOf(model, { ...allowed(cut, model, plan), parallel });
      using engine = createEngine(model, { plan, pool, schedules: [steps] });
      assert(engine.layers[0].isParallel);
      assertEquals(run(engine, inputs), runReference(model, inputs).outputs);
    }),
    { ...runs, numRuns: 100 },
  );
});

Deno.test("rows written out or not, and how many pixels, is what the code is made from", () => {
  const model = depthwise(16);
  const plan = plainPlan(model);
  const bytes = (cut: Cut) => {
    using engine = createEngine(model, { plan, schedules: [stepsOf(model, cut)] });
    return engine.wasm.length;
  };
  const cut: Cut = { pixels: 4, channels: 8, rows: "full" };
  assert(bytes(cut) > bytes({ ...cut, rows: "loop" }));
  assert(bytes(cut) > bytes({ ...cut, pixels: 2 }));
  assert(bytes(cut) > bytes({ ...cut, channels: 4 }));
});

Deno.test("given back to the engine, its own schedules of depthwise layers make the same module", () => {
  const model = zoo("mlperf-tiny-kws");
  const plan = plainPlan(model);
  using engine = createEngine(model, { plan });
  const schedules = Object.fromEntries(
    engine.layers.flatMap(({ name, schedule }, i) => (
      name === "DEPTHWISE_CONV_2D" ? [[i, schedule]] : []
    )),
  );
  assertEquals(Object.keys(schedules).length, 4);
  assert(Object.values(schedules).every(({ length }) => length > 4));
  using again = createEngine(model, { plan, schedules });
  assertEquals(again.wasm, engine.wasm);
});

function depthwise(channels: number, depthMultiplier = 1): Model {
  const filters = channels * depthMultiplier;
  return single("DEPTHWISE_CONV_2D", {
    activation: "NONE",
    padding: "SAME",
    strideH: 1,
    strideW: 1,
    dilationH: 1,
    dilationW: 1,
    depthMultiplier,
  }, {
    inputs: [
      tensor("int8", [1, 9, 11, channels], [0.5, 3]),
      constant("int8", Int8Array.from({ length: 9 * filters }, (_, i) => i * 37 % 255 - 127), {
        shape: [1, 3, 3, filters],
        quantization: {
          scales: new Array<number>(filters).fill(0.1),
          zeroPoints: new Array<number>(filters).fill(0),
          axis: 3,
        },
      }),
    ],
    outputs: [tensor("int8", [1, 9, 11, filters], [4, -5])],
  });
}

Deno.test("another block is refused with what this one takes", () => {
  const model = depthwise(16);
  const plan = plainPlan(model);
  const steps = stepsOf(model, { pixels: 4, channels: 8, rows: "loop" });
  const refused = (schedule: readonly Step[], why: string, options: object = {}) =>
    assertThrows(
      () => createEngine(model, { plan, ...options, schedules: [schedule] }),
      ScheduleError,
      why,
    );
  const takes = "the block of int8 depthwise convolutions takes ";
  const change = (by: (step: Step) => readonly Step[]) => steps.flatMap(by);
  refused(
    change((step) =>
      step.op === "reorder"
        ? [{ ...step, order: ["row", "tcol", "tc", "kh", "col", "kw", "c"] }]
        : [step]
    ),
    `${takes}one loop each over kh, kw, c, col, in this order, found kh, col, kw, c`,
  );
  refused(
    change((step) => step.op === "unroll" && step.axis === "kw" ? [] : [step]),
    `${takes}"kw" unrolled fully, since it gathers taps across it, found a loop`,
  );
  refused(
    change((step) =>
      step.op === "vectorize" ? [{ op: "unroll", axis: "kh", factor: 2 }, step] : [step]
    ),
    `${takes}"kh" as a loop or unrolled fully, found unrolled by 2`,
  );
  refused(
    change((step) => step.op === "tile" ? [{ op: "tile", sizes: { col: 4, c: 12 } }] : [step]),
    `${takes}blocks of 4 or 8 channels here, found 12`,
  );
  refused(
    change((step) => step.op === "pack" ? [{ ...step, dtype: "i16" }] : [step]),
    `${takes}weights packed as i8, found i16`,
  );
  refused([...steps, { op: "parallel", axis: "tcol" }], `${takes}threads that share rows`, {
    threads: 2,
  });
  refused([...steps, { op: "parallel", axis: "row" }], "there is one thread");
  const few = planMemory(model, { pixels: 2, techniques: overlap });
  refused(steps, "it computes 4 columns together, and the plan allows 2", { plan: few });
  const narrow = planMemory(model, { channels: 4 });
  refused(steps, `${takes}blocks of 4 channels here, found 8`, { plan: narrow });
});

Deno.test("where an input channel makes several, there is no nest to schedule", () => {
  const model = depthwise(8, 2);
  const plan = plainPlan(model);
  using engine = createEngine(model, { plan });
  assertEquals(engine.layers[0].schedule, []);
  assertThrows(
    () =>
      createEngine(model, {
        plan,
        schedules: [stepsOf(model, { pixels: 2, channels: 8, rows: "loop" })],
      }),
    ScheduleError,
    "is not made from a nest, so that it has no schedule",
  );
});
