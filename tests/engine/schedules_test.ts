import {
  createEngine,
  explain,
  pseudocode,
  randomFrame,
  run,
  ScheduleError,
  type Step,
  zoo,
} from "tinyloom";
import { compileUnits } from "../../lib/engine/compile_units.ts";
import { runtimeOf } from "../../lib/engine/runtime.ts";
import { plainNest } from "../../lib/nest/define_nest.ts";
import { applySteps } from "../../lib/schedule/apply_steps.ts";
import { planMemory, runReference } from "../../mod.ts";
import { assert, assertEquals, assertStringIncludes, assertThrows } from "../assert.ts";
import { plainPlan } from "./same_as_reference.ts";

const model = zoo("mlperf-tiny-ic", { seed: 3 });
const plan = plainPlan(model);
const frame = randomFrame(model, { seed: 5 });
const expected = runReference(model, frame).outputs;
const conv3x3 = 4;

Deno.test("a layer's schedule replays on its plain nest, and is what the kernel comes from", async () => {
  using engine = createEngine(model, { plan });
  for (const [index, { name, schedule }] of engine.layers.entries()) {
    if (name !== "CONV_2D" && name !== "FULLY_CONNECTED") continue;
    const { nest } = runtimeOf(engine).kernels[index];
    assert(schedule.length > 4);
    assertEquals(applySteps(plainNest(nest!), schedule).loops, nest!.loops);
    const text = await explain(engine, index);
    for (const step of schedule) assertStringIncludes(text, `- ${JSON.stringify(step)}\n`);
    assertStringIncludes(text, pseudocode(nest!));
  }
});

Deno.test("given back to the engine, its own schedules make the same module", () => {
  using engine = createEngine(model, { plan });
  const schedules = Object.fromEntries(
    engine.layers.flatMap(({ schedule }, i) => schedule.length > 0 ? [[i, schedule]] : []),
  );
  using again = createEngine(model, { plan, schedules });
  assertEquals(again.wasm, engine.wasm);
});

const conv: readonly Step[] = [
  { op: "tile", sizes: { col: 3, o: 8 } },
  { op: "reorder", order: ["row", "tcol", "to", "kh", "k", "col", "o"] },
  { op: "pack", tensor: "W", at: null },
  { op: "unroll", axis: "col", factor: "full" },
  { op: "unroll", axis: "o", factor: "full" },
  { op: "vectorize", axis: "o" },
  { op: "accumulate", at: "kh" },
];

Deno.test("a schedule without products of groups, another order, and rows written out are the same bits", () => {
  const written = conv.flatMap((step): Step[] =>
    step.op === "vectorize" ? [{ op: "unroll", axis: "kh", factor: "full" }, step] : [step]
  );
  const single = conv.filter((step) => !("axis" in step) || step.axis !== "col").map((
    step,
  ): Step =>
    step.op === "tile"
      ? { op: "tile", sizes: { o: 8 } }
      : step.op === "reorder"
      ? { op: "reorder", order: ["row", "col", "to", "kh", "k", "o"] }
      : step
  );
  for (const steps of [conv, written, single]) {
    for (const checked of [false, true]) {
      using engine = createEngine(model, { plan, checked, schedules: { [conv3x3]: steps } });
      assertEquals(engine.layers[conv3x3].schedule, steps);
      assertEquals(run(engine, frame), expected);
    }
  }
});

Deno.test("threads share what a schedule says", () => {
  for (const axis of ["row", "tcol", "to"]) {
    const steps: Step[] = [...conv, { op: "parallel", axis }];
    using engine = createEngine(model, { plan, threads: 2, schedules: { [conv3x3]: steps } });
    assert(engine.layers[conv3x3].isParallel);
    assertEquals(run(engine, frame), expected);
  }
});

function refused(steps: readonly Step[], layer = conv3x3, options = {}): string {
  let message = "";
  assertThrows(
    () => createEngine(model, { plan, ...options, schedules: { [layer]: steps } }),
    ScheduleError,
  );
  try {
    createEngine(model, { plan, ...options, schedules: { [layer]: steps } });
  } catch (error) {
    message = (error as Error).message;
  }
  return message;
}

Deno.test("a schedule that is not legal, or not one to walk a layer by, is refused with the reason", () => {
  const without = (op: Step["op"]) => conv.filter((step) => step.op !== op);
  assertStringIncludes(
    refused([{ op: "tile", sizes: { z: 4 } }]),
    'operator 4 CONV_2D: $[0]: Cannot tile "z": conv has the loops',
  );
  assertStringIncludes(refused(without("accumulate")), "its sums do not stay in registers");
  assertStringIncludes(refused(without("pack")), 'pack "W"');
  assertStringIncludes(refused([...conv, { op: "parallel", axis: "row" }]), "there is one thread");
  assertStringIncludes(
    refused(conv.map((step) => step.op === "accumulate" ? { op: "accumulate", at: "k" } : step)),
    '"kh" is a reduction outside of the block; accumulate at "kh"',
  );
  const add = 3;
  assertStringIncludes(refused(conv, add), "is not made from a nest");
  const narrow = conv.map((step): Step =>
    step.op === "tile" ? { op: "tile", sizes: { col: 3, o: 6 } } : step
  );
  assertStringIncludes(refused(narrow), "blocks of 6 channels are not whole vectors of 4");
});

Deno.test("rows of taps in a line buffer are to be one loop", () => {
  const fused = planMemory(model, { fusion: "rolling" });
  const compile = (schedules: ReadonlyMap<number, readonly Step[]>) =>
    compileUnits(model, fused, { ...units, schedules });
  const step = compile(new Map()).layers.findIndex(({ operator, inputs: [input, weights] }) => (
    operator.op === "CONV_2D" && input!.ring !== null && weights!.tensor.shape[1] === 3
  ));
  const one: readonly Step[] = [
    { op: "tile", sizes: { o: 8 } },
    { op: "reorder", order: ["row", "col", "to", "kh", "k", "o"] },
    { op: "pack", tensor: "W", at: null },
    { op: "unroll", axis: "o", factor: "full" },
    { op: "vectorize", axis: "o" },
    { op: "accumulate", at: "kh" },
  ];
  assertEquals(compile(new Map([[step, one]])).stepKernels[step].nest!.steps, one);
  const refused = (steps: readonly Step[], why: string) =>
    assertThrows(() => compile(new Map([[step, steps]])), ScheduleError, why);
  const [, , ...rest] = one;
  refused(
    [
      { op: "tile", sizes: { o: 8, kh: 2 } },
      { op: "reorder", order: ["row", "col", "to", "tkh", "kh", "k", "o"] },
      ...rest.map((step) => step.op === "accumulate" ? { ...step, at: "tkh" } : step),
    ],
    '"tkh" and "kh" both go over rows of taps, but rows of the input lie in a line buffer, where ' +
      'the next one may be at its beginning; leave "kh" one loop',
  );
  refused([...one, { op: "unroll", axis: "kh", factor: 3 }], '"kh" is unrolled, but rows');
});

const units = {
  target: "wasm",
  vectorBytes: 16,
  threads: 1,
  checked: false,
  hasRelaxedDot: false,
  choices: null,
  scalar: null,
} as const;

Deno.test("fours are refused where they are not exact", () => {
  const fours = conv.map((step): Step =>
    step.op === "tile"
      ? { op: "tile", sizes: { col: 3, o: 8, k: 4 } }
      : step.op === "reorder"
      ? { op: "reorder", order: ["row", "tcol", "to", "kh", "tk", "col", "o", "k"] }
      : step.op === "vectorize"
      ? { op: "vectorize", axis: "o", dot: "k" }
      : step
  );
  assertStringIncludes(refused(fours, conv3x3, { relaxedDot: false }), "it multiplies fours");
});

Deno.test("layers that are not there and segments are told", () => {
  assertThrows(
    () => createEngine(model, { plan, schedules: { 99: conv } }),
    RangeError,
    "schedules has a layer 99, needed an index from 0 to",
  );
  const wide = zoo("mobilenet_v2", { width: 0.35, resolution: 64 });
  assertThrows(
    () => {
      const fused = planMemory(wide, { fusion: "rolling" });
      const layer = fused.steps[0].segment === null ? 1 : 0;
      createEngine(wide, { plan: fused, schedules: { [layer]: conv } });
    },
    ScheduleError,
    "is a segment of",
  );
});
