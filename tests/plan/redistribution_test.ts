import { assert, assertEquals, assertThrows } from "../assert.ts";
import {
  patchStage,
  planMemory,
  redistribute,
  redistributionTable,
  validatePlan,
  zoo,
} from "tinyloom";

Deno.test("the patch stage of mobilenet_v2 in 4 x 4 tiles: 8 times less memory, 9 % more operations", () => {
  const { before } = redistribute("mobilenet_v2");
  const stage = patchStage(before.model, { output: before.stageOutput, tiles: [4, 4] });
  // MCUNetV2, NeurIPS 2021: 1,372 kB to 172 kB at 10 % more.
  assertEquals(stage.needBytes, 170_432);
  assert(stage.macFactor > 1.08 && stage.macFactor < 1.1, `${stage.macFactor}`);
});

Deno.test("halos are counted exactly, tile by tile", () => {
  const model = zoo("mcunet-vww1");
  const output = model.tensors.findIndex(({ name }) => name === "block0/project");
  // 40 x 40 in 2 x 2 tiles of 20: the depthwise 3 x 3 reads one row beyond, on one side of two.
  const { stageMacFactor } = patchStage(model, { output, tiles: [2, 2] });
  const [stem, depthwise, project] = [27 * 16, 9 * 16, 16 * 8];
  const exact = (stem * 42 * 42 + (depthwise + project) * 40 * 40) /
    ((stem + depthwise + project) * 40 * 40);
  assertEquals(stageMacFactor.toFixed(10), exact.toFixed(10));
});

Deno.test("redistribution makes halos small and keeps the field, with kernels as with blocks", () => {
  for (const name of ["mobilenet_v2", "mcunet-in3", "proxyless-mobile"]) {
    for (const move of ["kernel", "depth"] as const) {
      const { before, after } = redistribute(name, { move });
      assert(after.stageField < before.stageField);
      assert(after.field >= before.field);
      const [published, changed] = redistributionTable(name, { move }).toArray();
      assert(changed.stageMacFactor < published.stageMacFactor);
      assert(changed.macFactor - 1 < 0.7 * (published.macFactor - 1), `${name} ${move}`);
      assert(changed.stageBytes < published.stageBytes);
    }
  }
});

Deno.test("an output sees as many rows as kernels and strides before it make", () => {
  const fields = (name: string, move: "kernel" | "depth") => {
    const { before, after } = redistribute(name, { move });
    return [before.field, before.stageField, after.field, after.stageField];
  };
  // MobileNetV2's 491 is the figure that is known (Araujo et al., Distill 2019).
  assertEquals(fields("mobilenet_v2", "kernel"), [491, 27, 495, 15]);
  assertEquals(fields("mcunet-in0", "kernel"), [583, 55, 607, 15]);
  assertEquals(fields("mcunet-vww1", "depth"), [691, 51, 707, 35]);
  assertEquals(fields("proxyless-w0.3-r176", "kernel"), [1487, 47, 1487, 15]);
});

Deno.test("a redistributed network is a model like others: it can be planned", () => {
  const { after: { model } } = redistribute("mcunet-in0", { seed: 3 });
  const plan = planMemory(model, { fusion: "best", macBudget: 1.1, input: "external" });
  assertEquals(validatePlan(plan, model), []);
  assertEquals(model.name, "mcunet-in0-redistributed");
});

Deno.test("what cannot be redistributed or tiled is refused", () => {
  assertThrows(
    () => redistribute("mobilenet_v1"),
    RangeError,
    "not made of inverted residual blocks",
  );
  assertThrows(
    () => redistribute("mobilenet_v2", { stageStride: 512 }),
    RangeError,
    "stageStride 512",
  );
  assertThrows(() => redistribute("nothing"), RangeError, 'network "nothing"');
  const { before } = redistribute("mcunet-in0");
  const tiles = [1000, 1] as const;
  const output = before.stageOutput;
  assertThrows(() => patchStage(before.model, { output, tiles }), RangeError, "1000 x 1 tiles");
});
