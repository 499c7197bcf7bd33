import { applySteps, matmul, ScheduleError, type Step } from "tinyloom";
import { assertEquals, assertThrows } from "../assert.ts";

const plain = matmul({ m: 8, k: 8, n: 8 });

Deno.test("no steps leave the nest as it is", () => {
  assertEquals(applySteps(plain, []), plain);
});

Deno.test("steps of another shape than the language's are type errors", () => {
  const refused = (step: unknown, message: string) =>
    assertThrows(() => applySteps(plain, [step as Step]), TypeError, message);
  assertThrows(
    () => applySteps(plain, { op: "tile" } as unknown as Step[]),
    TypeError,
    'This is no schedule: $ is {"op":"tile"}, needed a list',
  );
  refused(null, "$[0] is null, needed an object");
  refused({ op: "skew" }, '$[0].op is "skew", needed "reorder" or "tile" or');
  refused({ op: "reorder" }, "$[0].order is missing, needed a list");
  refused({ op: "reorder", order: "ikj" }, '$[0].order is "ikj", needed a list');
  refused({ op: "tile", sizes: [8] }, "$[0].sizes is [8], needed an object");
  refused({ op: "tile", sizes: { i: "8" } }, '$[0].sizes.i is "8", needed a number');
  refused({ op: "vectorize" }, "$[0].axis is missing, needed a text");
});

Deno.test("steps that are not legal where they stand are schedule errors", () => {
  const refused = (step: Step, message: string) =>
    assertThrows(() => applySteps(plain, [step]), ScheduleError, message);
  refused({ op: "unroll", axis: "x", factor: 4 }, 'Cannot unroll "x"');
  refused({ op: "parallel", axis: "k" }, "it carries the reduction into C");
  refused({ op: "vectorize", axis: "x" }, '$[0]: Cannot vectorize "x"');
  refused({ op: "pack", tensor: "X", at: null }, 'Cannot pack "X": the tensors are A, B, C');
});
