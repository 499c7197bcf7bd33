import * as fc from "fast-check";
import { EngineError, type Model, zoo } from "tinyloom";
import {
  floatConvLayers,
  floatDenseLayers,
  floatDepthwiseLayers,
  floatPoolLayers,
} from "../engine/random_float_layer.ts";
import {
  convLayers,
  depthwiseLayers,
  poolLayers,
  type RandomLayer,
} from "../engine/random_layer.ts";
import { movingLayers } from "../engine/random_moves.ts";
import {
  additions,
  convolutions,
  depthwiseConvolutions,
  fullyConnected,
  weightTypes,
} from "../engine/random_windows.ts";
import { models } from "../operators/operator_samples.ts";
import { shared } from "../shared_files.ts";

/** A limit that never binds: what is found must not depend on the machine. */
export const unhurried = { timeLimitMs: 600_000 };

/** Small networks. */
export const networks: Readonly<Record<string, () => Model>> = {
  ad: () => zoo("mlperf-tiny-ad"),
  kws: () => zoo("mlperf-tiny-kws"),
  ic: () => zoo("mlperf-tiny-ic"),
  vww: () => zoo("mcunet-vww1", { resolution: 48 }),
  mobilenet: () => zoo("mobilenet_v2", { width: 0.35, resolution: 32 }),
};

/** Models of a layer or a few: of every operator that golden models have, and random ones by a seed. */
export function layers(): ReadonlyMap<string, readonly Model[]> {
  // Those that a bare checkout has, too.
  const here = [...models()].filter(([from]) => !from.startsWith(`${shared?.name}/`));
  const few = here.map(([, model]) => model).filter(({ operators }) => operators.length <= 3);
  const random = {
    convLayers,
    depthwiseLayers,
    poolLayers,
    floatConvLayers,
    floatDepthwiseLayers,
    floatPoolLayers,
    floatDenseLayers,
    additions,
    ...movingLayers,
    ...Object.fromEntries(
      Object.entries(weightTypes).flatMap(([types, each]) => [
        [`convolutions of ${types}`, convolutions(each)],
        [`depthwise convolutions of ${types}`, depthwiseConvolutions(each)],
        [`products of ${types}`, fullyConnected(each)],
      ]),
    ),
  };
  return new Map<string, readonly Model[]>([
    ...Map.groupBy(few, ({ operators }) => operators[0]?.op ?? "none"),
    ...Object.entries(random).map(([name, arbitrary]) =>
      [`random ${name}`, sampled(arbitrary)] as const
    ),
  ]);
}

function sampled(arbitrary: fc.Arbitrary<RandomLayer>): readonly Model[] {
  return fc.sample(arbitrary, { seed: 7, numRuns: 10 }).map(({ model }) => model);
}

/** What is made, or why the engine refuses to. */
export function orRefusal(make: () => unknown): unknown {
  try {
    return make();
  } catch (error) {
    if (error instanceof EngineError) return error.message;
    throw error;
  }
}

/** What is made, or how it is refused. */
export function orError(make: () => unknown): unknown {
  try {
    return make();
  } catch (error) {
    return String(error);
  }
}
