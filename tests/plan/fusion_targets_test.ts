// How low plans with segments get, and that every one of them holds byte by byte.
import { assert, assertEquals } from "../assert.ts";
import {
  type Model,
  planMemory,
  type PlanOptions,
  publishedTinyEngine,
  readModel,
  validatePlan,
  zoo,
} from "tinyloom";
import { sharedModels } from "../model/shared_models.ts";

const rows: PlanOptions = { fusion: "rolling" };
const pixels: PlanOptions = { fusion: "rolling", granularity: "pixel" };
const models = sharedModels();

/** Peaks with the image resident and external, by rows and by pixels; all proved, all valid. */
function peaks(model: Model): number[][] {
  return [rows, pixels].map((options) =>
    (["resident", "external"] as const).map((input) => {
      const plan = planMemory(model, { ...options, input });
      assertEquals(validatePlan(plan, model), []);
      assert(plan.optimal, plan.lowerBoundReason);
      assert(plan.macFactor <= 1);
      return plan.peakBytes;
    })
  );
}

// mcunet_vww1, rows: 80 x 80 x 3 image + 3 rows of 40 x 16 + 1 row of 40 x 16.
const anchors: Readonly<Record<string, readonly (readonly number[])[]>> = {
  mcunet_vww1: [[21_760, 15_040], [20_576, 12_784]],
  person_detect: [[14_592, 13_440], [12_640, 10_456]],
  kws_ref_model: [[5_290, 4_800], [4_778, 4_288]],
};

for (const [name, expected] of Object.entries(anchors)) {
  const shared = models.find((model) => model.name === name);
  Deno.test({
    name: `${name} rolls in its anchors, nothing computed twice (needs ../shared)`,
    ignore: shared === undefined,
    fn() {
      assertEquals(peaks(readModel(shared!.bytes)), expected.map((pair) => [...pair]));
    },
  });
}

Deno.test("mobilenet_v2: 9.7 times below layer by layer at the same operations, 22 times at 1.03", () => {
  const model = zoo("mobilenet_v2");
  const layers = planMemory(model, { techniques: ["optimal-offsets", "in-place-depthwise"] });
  assertEquals(layers.peakBytes, 1_404_928);
  const rolling = planMemory(model, { ...rows, input: "external" });
  assertEquals([rolling.peakBytes, rolling.macFactor], [123_648, 1]);
  const best = planMemory(model, { fusion: "best", input: "external", macBudget: 1.03 });
  assert(best.peakBytes <= 64_000 && best.macFactor <= 1.03, `${best.peakBytes}`);
  for (const plan of [rolling, best]) assertEquals(validatePlan(plan, model), []);
});

Deno.test("every network of TinyEngine's table rolls in less than half of its published SRAM", () => {
  const own = publishedTinyEngine.filter(({ engine }) => engine === "tinyengine");
  for (const { model: name, sramKb } of own) {
    const model = zoo(name);
    const plan = planMemory(model, rows);
    assertEquals(validatePlan(plan, model), [], name);
    assert(plan.optimal, name);
    assert(2 * plan.peakBytes < sramKb! * 1000, `${name}: ${plan.peakBytes}`);
  }
});
