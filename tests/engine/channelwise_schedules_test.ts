import {
  createEngine,
  type Engine,
  type EngineOptions,
  type Model,
  planMemory,
  run,
  runReference,
  ScheduleError,
  type Step,
} from "../../mod.ts";
import { assert, assertEquals, assertThrows } from "../assert.ts";
import { plainPlan } from "./same_as_reference.ts";
import { constant, single, tensor } from "./single_operator.ts";

const window = { activation: "NONE", padding: "SAME", strideH: 1, strideW: 1 } as const;
const input = wavy(9 * 11 * 10);

function wavy(count: number): Float32Array {
  return Float32Array.from({ length: count }, (_, i) => Math.sin(i * 1.7));
}

function depthwise(padding: "SAME" | "VALID", depthMultiplier = 1): Model {
  const filters = 10 * depthMultiplier;
  const attributes = { ...window, padding, dilationH: 1, dilationW: 1, depthMultiplier };
  const [height, width] = padding === "SAME" ? [9, 11] : [7, 9];
  return single("DEPTHWISE_CONV_2D", attributes, {
    inputs: [
      tensor("float32", [1, 9, 11, 10]),
      constant("float32", wavy(9 * filters), { shape: [1, 3, 3, filters] }),
      constant("float32", wavy(filters), { shape: [filters] }),
    ],
    outputs: [tensor("float32", [1, height, width, filters])],
  });
}

const pool = single("MAX_POOL_2D", { ...window, filterH: 3, filterW: 3 }, {
  inputs: [tensor("float32", [1, 9, 11, 10])],
  outputs: [tensor("float32", [1, 9, 11, 10])],
});

/** The model with its one layer scheduled so, in a plan without overwriting if none is given. */
function scheduled(model: Model, steps: readonly Step[], options: EngineOptions = {}): Engine {
  return createEngine(model, { plan: plainPlan(model), ...options, schedules: [steps] });
}

/** Tiles of so many columns and channels, with loops over taps in some order. */
function tiles(
  [col, c]: readonly [number, number],
  { order, loops = [], packed = true }: {
    readonly order: readonly string[];
    readonly loops?: readonly string[];
    readonly packed?: boolean;
  },
): readonly Step[] {
  const inside = order.filter((axis) => axis !== "col" || col > 1);
  return [
    { op: "tile", sizes: col > 1 ? { col, c } : { c } },
    { op: "reorder", order: ["row", col > 1 ? "tcol" : "col", "tc", ...inside] },
    ...packed ? [{ op: "pack", tensor: "W", at: null } as const] : [],
    ...inside.filter((axis) => !loops.includes(axis)).map((axis): Step => (
      { op: "unroll", axis, factor: "full" }
    )),
    { op: "vectorize", axis: "c" },
    { op: "accumulate", at: order[0] },
  ];
}

const SHARED_WRONGLY = [
  ["tcol", 2, 'threads share rows or blocks of channels, not "col"'],
  ["row", 1, '"row" is parallel, and there is one thread'],
] as const;

const orders = [["kh", "kw", "col", "c"], ["kw", "kh", "c", "col"]];

for (const order of orders) {
  for (const size of [[2, 8], [4, 4], [3, 16]] as const) {
    Deno.test(`blocks of ${size.join(" by ")} with loops ${order.join(", ")} sum the same`, () => {
      for (const loops of [[], ["kh"]]) {
        for (const [model, packed] of [[depthwise("SAME"), true], [pool, false]] as const) {
          const steps = tiles(size, { order, loops, packed });
          using engine = scheduled(model, steps);
          assertEquals(engine.layers[0].schedule, steps);
          const [output] = run(engine, [input]);
          const { outputs: [expected] } = runReference(model, [input]);
          // Taps in another order are other sums.
          if (order[0] === "kh" || !packed) assertEquals(output, expected);
          else assertClose(output as Float32Array, expected as Float32Array);
        }
      }
    });
  }
}

Deno.test("without a border, columns of taps may be a loop", () => {
  const model = depthwise("VALID");
  const steps = tiles([3, 8], { order: ["kh", "kw", "c", "col"], loops: ["kw"] });
  using engine = scheduled(model, steps);
  assertEquals(run(engine, [input]), runReference(model, [input]).outputs);
});

Deno.test("the kernel's own schedule, given by a reader, makes the same code", () => {
  const model = depthwise("SAME");
  using own = createEngine(model, { plan: plainPlan(model) });
  using again = scheduled(model, own.layers[0].schedule);
  assertEquals(again.wasm, own.wasm);
});

for (
  const [name, model] of [["depthwise convolution", depthwise("SAME")], ["pool", pool]] as const
) {
  const packed = name !== "pool";
  const order = ["kh", "kw", "c", "col"];
  const [expected] = runReference(model, [input]).outputs;

  Deno.test(`threads share the loop of a ${name} that a reader says`, () => {
    for (const axis of ["row", "tc"]) {
      const steps: Step[] = [...tiles([2, 4], { order, packed }), { op: "parallel", axis }];
      using engine = scheduled(model, steps, { threads: 2 });
      assert(engine.layers[0].isParallel);
      assertEquals(engine.layers[0].schedule, steps);
      assertEquals(run(engine, [input]), [expected]);
    }
    const steps = tiles([2, 4], { order, packed });
    using alone = scheduled(model, steps, { threads: 2 });
    assert(!alone.layers[0].isParallel);
    assertEquals(run(alone, [input]), [expected]);
    for (const [axis, threads, why] of SHARED_WRONGLY) {
      assertThrows(
        () => scheduled(model, [...steps, { op: "parallel", axis }], { threads }),
        ScheduleError,
        why,
      );
    }
  });

  Deno.test(`groups of channels of a ${name} that are held back are cut as a reader says`, () => {
    const plan = planMemory(model, { channels: 8 });
    const [{ delayPixels, channelsAtOnce }] = plan.steps;
    assert(delayPixels > 0);
    assertEquals(channelsAtOnce, 8);
    for (const size of [[1, 8], [3, 8], [3, 4], [9, 4]] as const) {
      for (const loops of [[], ["kh"]]) {
        const steps = tiles(size, { order, loops, packed });
        using engine = scheduled(model, steps, { plan, checked: true });
        assertEquals(engine.layers[0].schedule, steps);
        assertEquals(run(engine, [input]), [expected]);
      }
    }
    assertThrows(
      () => scheduled(model, tiles([3, 12], { order, packed }), { plan }),
      ScheduleError,
      "it computes 12 channels together, and the plan holds 8 back",
    );
    const shared: Step[] = [...tiles([3, 8], { order, packed }), { op: "parallel", axis: "row" }];
    assertThrows(
      () => scheduled(model, shared, { plan, threads: 2 }),
      ScheduleError,
      '"row" is parallel',
    );
  });
}

Deno.test("schedules that the block cannot take are refused with the reason", () => {
  const refused = (model: Model, steps: readonly Step[], why: string) =>
    assertThrows(
      () => scheduled(model, steps),
      ScheduleError,
      `Cannot run this schedule in the engine: ${why}`,
    );
  const order = ["kh", "kw", "c", "col"];
  refused(
    depthwise("SAME"),
    tiles([3, 8], { order, loops: ["kw"] }),
    '"kw" is a loop, and taps beyond the image\'s border are left out pixel by pixel; unroll it fully',
  );
  const [, ...rest] = tiles([3, 8], { order: ["tkh", "kh", "kw", "c", "col"], loops: ["tkh"] });
  refused(
    depthwise("SAME"),
    [{ op: "tile", sizes: { col: 3, c: 8, kh: 2 } }, ...rest],
    'rows of taps are two loops, "tkh" and "kh"; leave them one',
  );
  refused(
    depthwise("SAME", 2),
    tiles([3, 8], { order }),
    "its kernel makes 2 channels from each of the input, in lanes that repeat it, " +
      "which no schedule says",
  );
});

function assertClose(actual: Float32Array, expected: Float32Array): void {
  const most = Math.max(...actual.map((value, i) => Math.abs(value - expected[i])));
  assertEquals(most < 1e-5, true);
}
