import { type Model, planMemory } from "tinyloom";
import {
  optimizationNames,
  scalarOptionsOf,
} from "../../lib/engine/ablation/tinyengine_techniques.ts";
import { compileUnits } from "../../lib/engine/compile_units.ts";
import { plannedModel } from "../../lib/engine/create_engine.ts";
import { programOf } from "../../lib/engine/load_program.ts";
import { chosenBackends, modelBackendNames } from "../../lib/native/backends.ts";
import { engineText } from "../../lib/native/engine_text.ts";
import { countersHere } from "../../lib/native/hardware_counters.ts";
import { nativeText } from "../../lib/native/native_text.ts";
import type { ExactCases } from "./exact_figures.ts";
import { layers, networks, orRefusal, unhurried } from "./exact_inputs.ts";
import { labCases } from "./lab_figures.ts";

/** Processors: AVX-512 with VNNI, AVX2, and what every one has. */
const processors = [
  { vectorBytes: 64, hasRelaxedDot: true },
  { vectorBytes: 32, hasRelaxedDot: true },
  { vectorBytes: 16, hasRelaxedDot: false },
] as const;

/** What is given to the machine's compiler: of the lab, of layers and of networks. No compiler is asked. */
export const nativeExact: ExactCases = {
  ...Object.fromEntries(
    Object.entries(labCases).map(([name, variants]) => [
      `native: lab, ${name}`,
      () => Object.values(variants()).map((each) => [1, 3].map((n) => nativeText(each, n))),
    ]),
  ),
  ...Object.fromEntries(
    [...layers()].map(([name, own]) => [
      `native: layers, ${name}`,
      () => own.map((model) => processors.map((each) => textOf(model, each))),
    ]),
  ),
  ...Object.fromEntries(
    Object.keys(networks).flatMap((name) =>
      processors.map((each) => [
        `native: ${name}, vectors of ${each.vectorBytes}`,
        () => textOf(networks[name](), each),
      ])
    ),
  ),
  "native: fused rows": () => textOf(networks.vww(), processors[0], "rolling"),
  "native: what is counted": () => [[], [0], [1], [3], [0, 1, 3]].map(countsWithout),
  "native: back ends that there are": () =>
    Promise.all(
      [
        null,
        "",
        "--experimental-wasm-revectorize",
        "--a,--experimental_wasm_revectorize",
        "x--experimental-wasm-revectorize2",
      ]
        .flatMap((flags) =>
          [["wasm"], ["wasm-wide"], ["wasm", "wasm"], [], undefined].map((asked) =>
            chosenBackends(asked as ["wasm"] | undefined, {
              ...{ known: modelBackendNames, usual: ["wasm", "wasm-wide"], flags },
            }).catch(String)
          )
        ),
    ),
};

function textOf(
  model: Model,
  processor: (typeof processors)[number],
  fusion: "none" | "rolling" = "none",
): unknown {
  const optimizations = optimizationNames;
  return orRefusal(() => {
    const planned = planMemory(model, { fusion, pixels: 4, channels: 8, ...unhurried });
    const { plan } = plannedModel(model, { plan: planned, threads: 1, optimizations });
    const units = compileUnits(model, plan, {
      ...{ target: "native", threads: 1, checked: false, choices: null },
      ...processor,
      scalar: scalarOptionsOf(optimizations),
    });
    return [engineText(programOf(units), units.map.spaces), units.map];
  });
}

/** Counters of a made-up system that refuses some events, and counts others for a part of the time. */
function countsWithout(refused: readonly number[]): unknown {
  const told: unknown[] = [];
  const seen = [-1, -2, -13, -95, -7].map((error) => {
    using counters = countersHere({
      open: (event) => refused.includes(event) ? error : 10 + event,
      control: (counter, what) => void told.push(counter, what),
      read: (counter) => [counter * 1000, 30, counter === 11 ? 0 : 10],
      close: (counter) => void told.push("close", counter),
      paranoid: () => error === -1 ? "4" : null,
    });
    let runs = 0;
    return [counters.said, counters.countsOf(() => void runs++, 7), runs];
  });
  return [seen, told];
}
