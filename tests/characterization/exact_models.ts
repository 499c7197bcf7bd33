import {
  createEngine,
  explain,
  fusionFrontier,
  type FusionMode,
  type Model,
  planLadder,
  planMemory,
} from "tinyloom";
import type { ExactCases } from "./exact_figures.ts";
import { layers, networks, orRefusal, unhurried } from "./exact_inputs.ts";

const modes: readonly FusionMode[] = ["none", "patch", "rolling", "best"];

/** Layers by themselves, and small networks in every fusion mode: plans, modules, listings. */
export const modelExact: ExactCases = modelCases();

function modelCases(): ExactCases {
  return {
    ...Object.fromEntries(
      [...layers()].map(([name, own]) => [
        `layers: ${name}`,
        () => own.map((model) => orRefusal(() => engineOf(model, "none"))),
      ]),
    ),
    ...Object.fromEntries(
      Object.entries(networks).flatMap(([name, make]) => [
        ...modes.map((fusion) => [`network: ${name}, ${fusion}`, () => engineOf(make(), fusion)]),
        [`network: ${name}, without optimizations`, () => unoptimized(make())],
        [`network: ${name}, as it stands`, () => [make(), planLadder(make(), unhurried)]],
      ]),
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
