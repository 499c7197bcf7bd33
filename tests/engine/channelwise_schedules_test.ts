import { type Model, runReference, ScheduleError, type Step } from "../../mod.ts";
import { assertEquals, assertThrows } from "../assert.ts";
import { runScheduled } from "./run_scheduled.ts";
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

/** Tiles of so many columns and channels, with loops over taps in some order. */
function tiles(
  [col, c]: readonly [number, number],
  { order, loops = [], packed = true }: {
    readonly order: readonly string[];
    readonly loops?: readonly string[];
    readonly packed?: boolean;
  },
): readonly Step[] {
  return [
    { op: "tile", sizes: { col, c } },
    { op: "reorder", order: ["row", "tcol", "tc", ...order] },
    ...packed ? [{ op: "pack", tensor: "W", at: null } as const] : [],
    ...order.filter((axis) => !loops.includes(axis)).map((axis): Step => (
      { op: "unroll", axis, factor: "full" }
    )),
    { op: "vectorize", axis: "c" },
    { op: "accumulate", at: order[0] },
  ];
}

const orders = [["kh", "kw", "col", "c"], ["kw", "kh", "c", "col"]];

for (const order of orders) {
  for (const size of [[2, 8], [4, 4], [3, 16]] as const) {
    Deno.test(`blocks of ${size.join(" by ")} with loops ${order.join(", ")} sum the same`, () => {
      for (const loops of [[], ["kh"]]) {
        for (const [model, packed] of [[depthwise("SAME"), true], [pool, false]] as const) {
          const steps = tiles(size, { order, loops, packed });
          const { output, kernel } = runScheduled(model, { input, steps });
          assertEquals(kernel.nest!.steps, steps);
          const { outputs: [expected] } = runReference(model, [input]);
          // Taps in another order are other sums.
          if (order[0] === "kh" || !packed) assertEquals(output, expected);
          else assertClose(output, expected as Float32Array);
        }
      }
    });
  }
}

Deno.test("without a border, columns of taps may be a loop", () => {
  const model = depthwise("VALID");
  const steps = tiles([3, 8], { order: ["kh", "kw", "c", "col"], loops: ["kw"] });
  const { output } = runScheduled(model, { input, steps });
  assertEquals(output, runReference(model, [input]).outputs[0]);
});

Deno.test("the kernel's own schedule, given by a reader, makes the same code", () => {
  const own = runScheduled(depthwise("SAME"), { input, steps: null });
  const again = runScheduled(depthwise("SAME"), { input, steps: own.kernel.nest!.steps });
  assertEquals(again.kernel, own.kernel);
});

Deno.test("schedules that the block cannot take are refused with the reason", () => {
  const refused = (model: Model, steps: readonly Step[], why: string) =>
    assertThrows(
      () => runScheduled(model, { input, steps }),
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
