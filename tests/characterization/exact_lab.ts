import {
  accessPattern,
  compile,
  type Computation,
  count,
  countArithmetic,
  footprint,
  pseudocode,
  simulateCache,
} from "tinyloom";
import { toC } from "../../lib/codegen/to_c.ts";
import { toJavaScript } from "../../lib/codegen/to_javascript.ts";
import { isPipeline } from "../../lib/nest/pipeline.ts";
import type { ExactCases } from "./exact_figures.ts";
import { labCases } from "./lab_figures.ts";

const caches = {
  name: "small",
  levels: [
    { name: "L1", sizeBytes: 1024, ways: 2, lineBytes: 64 },
    { name: "L2", sizeBytes: 4096, ways: 4, lineBytes: 64 },
  ],
  source: "made up",
};

/** Variants of products and convolutions: steps, texts, modules and counts. */
export const labExact: ExactCases = Object.fromEntries(
  Object.entries(labCases).map(([name, variants]) => [
    `lab: ${name}`,
    () => Object.entries(variants()).map(([variant, made]) => [variant, codeOf(made)]),
  ]),
);

function codeOf(computation: Computation): unknown {
  return [
    computation,
    pseudocode(computation),
    ...[false, true].map((fma) => compile(computation, { fma }).wasm),
    toC(computation),
    ...isPipeline(computation) ? [] : [toJavaScript(computation), footprint(computation)],
    count(computation),
    countArithmetic(computation),
    simulateCache(computation, caches),
    accessPattern(computation),
  ];
}
