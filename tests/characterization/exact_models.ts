import {
  createEngine,
  deploy,
  type DeployTargetName,
  devices,
  estimateLatency,
  explain,
  fusionFrontier,
  type FusionMode,
  type Model,
  planLadder,
  planMemory,
  zoo,
} from "tinyloom";
import { models } from "../operators/operator_samples.ts";
import type { ExactCases } from "./exact_figures.ts";

// A limit that never binds: what is found must not depend on the machine.
const unhurried = { timeLimitMs: 600_000 };
const modes: readonly FusionMode[] = ["none", "patch", "rolling", "best"];

/** Every operator by itself, and small networks in every fusion mode: plans, modules, C, figures. */
export const modelExact: ExactCases = modelCases();

function modelCases(): ExactCases {
  const single = [...models()].filter(([, { operators }]) => operators.length <= 3);
  const byOperator = Map.groupBy(single, ([, { operators }]) => operators[0]?.op ?? "none");
  const networks: Readonly<Record<string, () => Model>> = {
    ad: () => zoo("mlperf-tiny-ad"),
    kws: () => zoo("mlperf-tiny-kws"),
    ic: () => zoo("mlperf-tiny-ic"),
    vww: () => zoo("mcunet-vww1", { resolution: 48 }),
    mobilenet: () => zoo("mobilenet_v2", { width: 0.35, resolution: 32 }),
  };
  return {
    ...Object.fromEntries(
      [...byOperator].map(([op, own]) => [
        `operator: ${op}`,
        () => own.map(([, model]) => engineOf(model, "none")),
      ]),
    ),
    ...Object.fromEntries(
      Object.entries(networks).flatMap(([name, make]) => [
        ...modes.map((fusion) => [`network: ${name}, ${fusion}`, () => engineOf(make(), fusion)]),
        [`network: ${name}, without optimizations`, () => unoptimized(make())],
        [`network: ${name}, as it stands`, () => [make(), planLadder(make(), unhurried)]],
      ]),
    ),
    ...Object.fromEntries(
      (["portable", "cortex-m4", "cortex-m55", "host"] as const).flatMap((target) =>
        ["kws", "vww"].map((
          name,
        ) => [`C: ${name}, ${target}`, () => emitted(networks[name](), target)])
      ),
    ),
    "listing: kws": async () => {
      const plan = planMemory(networks.kws(), unhurried);
      using engine = createEngine(networks.kws(), { plan, relaxedDot: false });
      const layers = engine.layers.map((_, layer) => explain(engine, layer));
      return await Promise.all(layers);
    },
    "frontier: vww": () => fusionFrontier(networks.vww(), { input: "external", ...unhurried }),
  };
}

function engineOf(model: Model, fusion: FusionMode): unknown {
  const plan = planMemory(model, { fusion, pixels: 4, channels: 8, ...unhurried });
  using engine = createEngine(model, { plan, relaxedDot: false });
  return [plan, engine.wasm, engine.memory, engine.layers];
}

function unoptimized(model: Model): unknown {
  const plan = planMemory(model, unhurried);
  using engine = createEngine(model, { plan, optimizations: [], relaxedDot: false });
  return engine.wasm;
}

async function emitted(model: Model, target: DeployTargetName): Promise<unknown> {
  const deployment = await deploy(model, { target, planOptions: unhurried });
  return [deployment, estimateLatency(model, { device: devices.nano33ble })];
}
