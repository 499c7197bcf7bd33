import { assert, assertEquals } from "../assert.ts";
import {
  macs,
  type Plan,
  planMemory,
  publishedTinyEngine,
  readModel,
  type TechniqueName,
  techniqueNames,
  validatePlan,
  zoo,
  zooNames,
} from "tinyloom";
import { sharedModels } from "../model/shared_models.ts";

const layout: readonly TechniqueName[] = [
  "fold-pad",
  "alias-views",
  "integer-edges",
  "direct-kernels",
  "optimal-offsets",
];
const inPlace: readonly TechniqueName[] = [...layout, "in-place-depthwise"];
const models = sharedModels();

/** Peaks of three rungs of the ladder: offsets only, depthwise in place, overlap as well. */
function peaks(plan: (techniques: readonly TechniqueName[]) => Plan): number[] {
  return [layout, inPlace, techniqueNames].map((techniques) => {
    const { peakBytes, optimal, lowerBoundBytes } = plan(techniques);
    assert(optimal && peakBytes === lowerBoundBytes, `${peakBytes} > ${lowerBoundBytes}`);
    return peakBytes;
  });
}

const anchors: Readonly<Record<string, readonly number[]>> = {
  // 80 x 80 x 3; bound of the last: 48 x 40 x 40 output + 8 bytes of the input's last pixel - 1
  mcunet_vww1: [96_000, 89_600, 76_807],
  person_detect: [55_296, 55_296, 36_871],
  kws_ref_model: [16_000, 16_000, 8_063],
};

for (const [name, expected] of Object.entries(anchors)) {
  const shared = models.find((model) => model.name === name);
  Deno.test({
    name: `${name} reaches its anchors, each with a proof (needs ../shared)`,
    ignore: shared === undefined,
    fn() {
      const model = readModel(shared!.bytes);
      assertEquals(peaks((techniques) => planMemory(model, { techniques })), [...expected]);
    },
  });
}

Deno.test("networks of the zoo reach their anchors, each with a proof", () => {
  const figures = (name: string) => peaks((techniques) => planMemory(zoo(name), { techniques }));
  assertEquals(figures("mobilenet_v2"), [1_505_280, 1_404_928, 1_204_239]);
  assertEquals(figures("mcunet-in3"), [340_736, 247_808, 185_991]);
});

Deno.test("every network of the zoo: optimal, valid, at or below TinyEngine's SRAM", () => {
  for (const name of zooNames()) {
    const model = zoo(name);
    const plan = planMemory(model);
    assert(plan.optimal, name);
    assertEquals(validatePlan(plan, model), [], name);
    assert(macs(model) > 0);
    const row = publishedTinyEngine.find(({ model, engine }) =>
      model === name && engine === "tinyengine"
    );
    const published = row?.sramKb ?? null;
    if (published === null) continue;
    assert(plan.peakBytes <= published * 1000, `${name}: ${plan.peakBytes} > ${published} kB`);
  }
});

Deno.test("an external input costs nothing", () => {
  const model = zoo("mcunet-vww1");
  const plan = planMemory(model, { input: "external", techniques: ["optimal-offsets"] });
  assertEquals(plan.external, model.inputs);
  assert(plan.buffers.every(({ tensors }) => !tensors.includes(model.inputs[0])));
  assertEquals(validatePlan(plan, model), []);
});
