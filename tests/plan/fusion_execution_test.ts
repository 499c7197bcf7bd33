// Plans with segments, executed in their arena: bit for bit what the reference interpreter gives.
import { assert } from "../assert.ts";
import { type Model, planMemory, type PlanOptions, readModel, zoo } from "tinyloom";
import { sharedModels } from "../model/shared_models.ts";
import { drawer } from "./random_graph.ts";
import { runsAlike } from "./random_input.ts";

const plans: readonly PlanOptions[] = [
  { fusion: "none" },
  { fusion: "rolling" },
  { fusion: "rolling", granularity: "pixel", input: "external" },
  { fusion: "patch", input: "external" },
  { fusion: "best", macBudget: 1.2, input: "external" },
  { fusion: "best", macBudget: 1.3, granularity: "pixel" },
];

function runAll(model: Model): void {
  for (const options of plans) {
    const plan = planMemory(model, options);
    assert(runsAlike(plan, model, drawer(7)), JSON.stringify(options));
  }
}

for (const name of ["mcunet_vww1", "person_detect", "kws_ref_model"]) {
  const shared = sharedModels().find((model) => model.name === name);
  Deno.test({
    name: `${name} runs in every kind of segment (needs ../shared)`,
    ignore: shared === undefined,
    fn: () => runAll(readModel(shared!.bytes)),
  });
}

const networks = {
  "mcunet-in0": { resolution: 48 },
  "mcunet-vww1": { explicitPadding: true, resolution: 64 },
  "proxyless-w0.3-r64": { resolution: 32 },
  mobilenet_v1: { width: 0.25, resolution: 64, classes: 10 },
  mobilenet_v2: { width: 0.35, resolution: 64, classes: 10 },
  "mlperf-tiny-ic": {},
} as const;

for (const [name, options] of Object.entries(networks)) {
  Deno.test(`${name} of the zoo runs in every kind of segment`, () => runAll(zoo(name, options)));
}
