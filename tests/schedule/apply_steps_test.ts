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
    "A schedule must be an array of steps, found object",
  );
  refused(null, "Step 0 must have an op of reorder, tile, unroll");
  refused({ op: "skew" }, 'found {"op":"skew"}');
  refused({ op: "reorder" }, "The order of step 0 has the wrong form: undefined");
  refused({ op: "reorder", order: "ikj" }, 'The order of step 0 has the wrong form: "ikj"');
  refused({ op: "tile", sizes: [8] }, "The sizes of step 0 has the wrong form: [8]");
});

Deno.test("steps that are not legal where they stand are schedule errors", () => {
  const refused = (step: Step, message: string) =>
    assertThrows(() => applySteps(plain, [step]), ScheduleError, message);
  refused({ op: "unroll", axis: "x", factor: 4 }, 'Cannot unroll "x"');
  refused({ op: "parallel", axis: "k" }, "it carries the reduction into C");
  refused({ op: "vectorize" } as unknown as Step, 'Cannot vectorize "undefined"');
  refused({ op: "pack" } as unknown as Step, 'Cannot pack "undefined": the tensors are A, B, C');
});
