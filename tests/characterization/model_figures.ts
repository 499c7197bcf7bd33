import {
  type ConstantArray,
  createEngine,
  type EngineOptions,
  type FusionMode,
  macs,
  type Model,
  planMemory,
  randomFrame,
  run,
  zooNames,
} from "tinyloom";
import { chosenModel } from "../bench/peers/chosen_model.ts";
import { sharedModels } from "../model/shared_models.ts";
import { digestArrays } from "./digest_arrays.ts";
import type { Figures } from "./figures.ts";

/** Names of the real models: those of ../shared, or what the project carries of them. */
export const sharedNames = sharedModels().map(({ name }) => name);

/** Networks of the zoo, as `chosenModel` takes them: as published, with other edges, and as float32. */
export const zooCases: readonly string[] = [
  ...zooNames().map((name) => `zoo:${name}`),
  "zoo:mlperf-tiny-kws,floatEdges=true",
  "zoo:mcunet-vww1,explicitPadding=true,resolution=64",
  "float:zoo:mlperf-tiny-ad",
  "float:zoo:mlperf-tiny-ic",
  "float:zoo:mlperf-tiny-kws",
  "float:zoo:mcunet-vww1",
  "float:zoo:mobilenet_v2,width=0.35,resolution=96",
];

const modes: readonly FusionMode[] = ["none", "patch", "rolling", "best"];

// Without optimizations a network takes ten times as long and more.
const mostMacsUnoptimized = 15e6;

// Frames one after the other tell whether state goes on.
const frames = 2;

/**
 * A model in every fusion mode, and not too large ones without any of the engine's optimizations: one
 * thread, kernels that compute the same on every machine.
 */
export async function modelFigures(name: string): Promise<Readonly<Record<string, Figures>>> {
  const model = await chosenModel(name);
  const inputs = Array.from({ length: frames }, (_, i) => randomFrame(model, { seed: i + 1 }));
  const found: Record<string, Figures> = {};
  for (const fusion of modes) {
    // As many pixels and channels together as the engine's own plans have; a limit that never binds.
    const plan = planMemory(model, { fusion, pixels: 4, channels: 8, timeLimitMs: 60_000 });
    found[fusion] = figuresOf(model, inputs, { plan });
  }
  if (macs(model) <= mostMacsUnoptimized) {
    found.unoptimized = figuresOf(model, inputs, { optimizations: [] });
  }
  return found;
}

function figuresOf(
  model: Model,
  inputs: readonly (readonly ConstantArray[])[],
  options: EngineOptions,
): Figures {
  using engine = createEngine(model, { ...options, relaxedDot: false });
  const outputs = inputs.flatMap((frame) => run(engine, frame));
  return {
    peakBytes: engine.plan.peakBytes,
    outputs: digestArrays(outputs),
    wasmBytes: engine.wasm.length,
  };
}
