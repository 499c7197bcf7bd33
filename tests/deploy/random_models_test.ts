// Small random models as C, many in one program: bit for bit the reference's results.
import * as fc from "fast-check";
import {
  type ConstantArray,
  type CTarget,
  emitC,
  initialState,
  type Model,
  type Plan,
  planMemory,
  runReference,
  type TechniqueName,
  techniqueNames,
} from "../../mod.ts";
import { assert } from "../assert.ts";
import type { RandomLayer } from "../engine/random_layer.ts";
import { movingLayers } from "../engine/random_moves.ts";
import { randomSegmentModel, type SegmentShape } from "../engine/random_segments.ts";
import { tiedLayers } from "../engine/random_ties.ts";
import {
  additions,
  convolutions,
  depthwiseConvolutions,
  fullyConnected,
  pools,
  svdf,
  weightTypes,
} from "../engine/random_windows.ts";
import { softmaxLayers, softmaxTypes } from "../engine/random_softmax.ts";
import { assertClose } from "../engine/same_as_reference.ts";
import { drawer } from "../plan/random_graph.ts";
import { randomPaths } from "../plan/random_paths.ts";
import { hasCommand, type Job, runJobs, sanitizers } from "./c_programs.ts";

const ignore = !hasCommand("gcc");
const flags = ["-O0", ...sanitizers];

/** A model in a plan, and frames that follow one another. */
interface Case {
  readonly model: Model;
  readonly plan: Plan;
  readonly frames: readonly (readonly ConstantArray[])[];
}

async function assertReference(cases: readonly Case[], target: CTarget): Promise<void> {
  const jobs = cases.map(({ model, plan, frames }, i): Job => ({
    model,
    emitted: emitC(model, { plan, target, prefix: `m${i}`, frames: [] }),
    frames,
  }));
  if (target === "portable") {
    jobs.forEach(({ model, emitted }, i) => {
      const isOfBytes = model.tensors.every(({ dtype }) => !["int16", "float32"].includes(dtype));
      if (isOfBytes) assert(!emitted.files[`m${i}.c`].includes("tl_v128"), `case ${i} has vectors`);
    });
  }
  const found = await runJobs(jobs, { flags, arena: "given" });
  cases.forEach(({ model, frames }, i) => {
    let state = initialState(model);
    frames.forEach((frame, at) => {
      const expected = runReference(model, frame, { state });
      state = expected.state;
      const kernels = jobs[i].emitted.layers.map(({ kernel }) => kernel).join(", ");
      expected.outputs.forEach((values, output) => {
        assertClose(found[i][at][output], values, `case ${i}, frame ${at}: ${kernels}`);
      });
    });
  });
}

/** Overwriting in every way, in place with nothing but that, not at all; PAD on its own. */
const techniques: readonly (readonly TechniqueName[])[] = [
  techniqueNames.filter((name) => name !== "integer-edges"),
  ["fold-pad", "direct-kernels", "in-place-depthwise"],
  ["fold-pad", "optimal-offsets"],
  ["overlap", "optimal-offsets"],
];

function layerCases(layers: fc.Arbitrary<RandomLayer>, count: number): readonly Case[] {
  return fc.sample(layers, { seed: 20261201, numRuns: count }).map(({ model, inputs }, i) => ({
    model,
    plan: planMemory(model, { techniques: techniques[i % techniques.length] }),
    frames: model.tensors.some(({ isVariable }) => isVariable)
      ? inputs.map((frame) => [frame])
      : [inputs],
  }));
}

const layers: Readonly<Record<string, () => readonly Case[]>> = {
  ...Object.fromEntries(
    Object.entries(weightTypes).map(([name, types]) => [
      `layers with weights of ${name}`,
      () => [
        ...layerCases(convolutions(types), 30),
        ...layerCases(fullyConnected(types), 16),
        ...name === "int16 with sums of 32 bits"
          ? []
          : layerCases(depthwiseConvolutions(types), 30),
      ],
    ]),
  ),
  "pools": () =>
    (["int8", "uint8", "int16", "float32"] as const).flatMap((dtype) => [
      ...layerCases(pools("AVERAGE_POOL_2D", dtype), 10),
      ...layerCases(pools("MAX_POOL_2D", dtype), 10),
    ]),
  "operators that move elements": () =>
    Object.values(movingLayers).flatMap((moves) => layerCases(moves, 12)),
  "layers with results next to halves": () => layerCases(tiedLayers, 60),
  "SOFTMAX": () => softmaxTypes.flatMap((types) => layerCases(softmaxLayers(types), 6)),
  "additions and layers with state": () => [
    ...layerCases(additions, 20),
    ...layerCases(svdf("int8", "int8"), 12),
    ...layerCases(svdf("int8", "int16"), 12),
    ...layerCases(svdf("float32", "float32"), 12),
  ],
};

for (const [what, cases] of Object.entries(layers)) {
  Deno.test({
    name: `${what} in C compute the reference's results (needs gcc)`,
    ignore,
    fn: () => assertReference(cases(), "portable"),
  });
}

function segmentCases(dtype: SegmentShape["dtype"], count: number): readonly Case[] {
  return Array.from({ length: count }, (_, i) => {
    const draw = drawer(7000 + i);
    const shape = { dtype, operators: 2 + draw(6), extent: 10, channels: 12 };
    const { model, input } = randomSegmentModel(draw, shape);
    const place = draw(3) > 0 ? "resident" : "external";
    return randomPaths(model, draw, { count: 1, input: place })
      .map(({ plan }) => ({ model, plan, frames: [[input]] }));
  }).flat();
}

for (
  const [dtype, count] of [["int8", 50], ["uint8", 12], ["int16", 12], ["float32", 12]] as const
) {
  Deno.test({
    name: `segments of ${dtype} in C compute the reference's results (needs gcc)`,
    ignore,
    fn: () => assertReference(segmentCases(dtype, count), "portable"),
  });
}

Deno.test({
  name: "the engine's kernels of vectors in C compute the reference's results (needs gcc)",
  ignore,
  fn: () =>
    assertReference([
      ...layerCases(convolutions(weightTypes.int8), 6),
      ...layerCases(depthwiseConvolutions(weightTypes.int8), 6),
      ...layerCases(tiedLayers, 12),
      ...layerCases(pools("AVERAGE_POOL_2D", "int8"), 4),
      ...(["int8", "uint8", "int16", "float32"] as const).flatMap((dtype) =>
        segmentCases(dtype, 4)
      ),
    ], "host"),
});

Deno.test({
  name: "kernels for DSP extensions in portable C compute the reference's results (needs gcc)",
  ignore,
  fn: () =>
    assertReference([
      ...layerCases(convolutions(weightTypes.int8), 60),
      ...layerCases(depthwiseConvolutions(weightTypes.int8), 60),
      ...layerCases(fullyConnected(weightTypes.int8), 30),
      ...layerCases(additions, 20),
      ...layerCases(tiedLayers, 60),
      ...segmentCases("int8", 40),
    ], "cortex-m4"),
});

Deno.test({
  name: "kernels for Helium in portable C compute the reference's results (needs gcc)",
  ignore,
  fn: () =>
    assertReference([
      ...layerCases(convolutions(weightTypes.int8), 40),
      ...layerCases(depthwiseConvolutions(weightTypes.int8), 40),
      ...layerCases(fullyConnected(weightTypes.int8), 20),
      ...layerCases(tiedLayers, 40),
      ...segmentCases("int8", 30),
    ], "cortex-m55"),
});
