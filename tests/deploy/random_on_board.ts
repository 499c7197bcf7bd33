// Random small models in C, all in one program on one of the harness's boards in QEMU: what each gives is
// compared there.
import * as fc from "fast-check";
import {
  type ConstantArray,
  type CTarget,
  emitC,
  type Model,
  type Plan,
  planMemory,
  runReference,
} from "../../mod.ts";
import { assert, assertMatch } from "../assert.ts";
import type { RandomLayer } from "../engine/random_layer.ts";
import { randomSegmentModel } from "../engine/random_segments.ts";
import { drawer } from "../plan/random_graph.ts";
import { randomPaths } from "../plan/random_paths.ts";
import { hasCommand } from "./c_programs.ts";

const harness = new URL("../../../shared/mcu/run.sh", import.meta.url).pathname;
/** Whether the harness and what it needs are there. */
export const hasTools = hasCommand("arm-none-eabi-gcc") && hasCommand("qemu-system-arm") &&
  exists(harness);

function exists(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}

/** A model in a plan, and what it is run on. */
export interface Case {
  readonly model: Model;
  readonly plan: Plan;
  readonly inputs: readonly ConstantArray[];
}

/** Random layers. */
export function layerCases(layers: fc.Arbitrary<RandomLayer>, count: number): readonly Case[] {
  return fc.sample(layers, { seed: 20261202, numRuns: count }).map(({ model, inputs }, i) => ({
    model,
    plan: planMemory(model, i % 2 === 0 ? {} : { techniques: ["optimal-offsets"] }),
    inputs,
  }));
}

/** Random segments. */
export function segmentCases(count: number): readonly Case[] {
  return Array.from({ length: count }, (_, i) => {
    const draw = drawer(7500 + i);
    const shape = { dtype: "int8", operators: 2 + draw(6), extent: 10, channels: 12 } as const;
    const { model, input } = randomSegmentModel(draw, shape);
    return randomPaths(model, draw, { count: 1, input: "resident" })
      .map(({ plan }) => ({ model, plan, inputs: [input] }));
  }).flat();
}

const bytesOf = ({ buffer, byteOffset, byteLength }: ConstantArray) =>
  new Uint8Array(buffer, byteOffset, byteLength).join(",");

/** Runs a case and says in a byte of the result whether it gave what it should. */
function checkText({ model, plan, inputs }: Case, i: number): string {
  const { outputs } = runReference(model, inputs);
  const array = (name: string, values: ConstantArray) =>
    `static const uint8_t ${name}[] = {${bytesOf(values)}};`;
  const fills = plan.inputs.map((_, at) =>
    `memcpy(M${i}_INPUT_${at}, in${at}, M${i}_INPUT_${at}_BYTES);`
  );
  const checks = plan.outputs.map((_, at) =>
    `memcmp(M${i}_OUTPUT_${at}, out${at}, M${i}_OUTPUT_${at}_BYTES) == 0`
  );
  return `#include "m${i}.h"
#include <string.h>
int8_t check${i}(void);
${inputs.map((each, at) => array(`in${at}`, each)).join("\n")}
${outputs.map((each, at) => array(`out${at}`, each)).join("\n")}
int8_t check${i}(void) {
  ${fills.join("\n  ")}
  m${i}_invoke();
  return ${checks.join(" && ")} ? 1 : 0;
}
`;
}

function mainText(count: number): string {
  const all = Array.from({ length: count }, (_, i) => i);
  return `#include "tinyloom_model.h"
${all.map((i) => `int8_t check${i}(void);`).join("\n")}
static int8_t in[1], out[${count}];
void model_invoke(void) {
${all.map((i) => `  out[${i}] = check${i}();`).join("\n")}
}
int8_t *model_input(int i) { return i == 0 ? in : 0; }
size_t model_input_bytes(int i) { return i == 0 ? sizeof in : 0; }
const int8_t *model_output(int i) { return i == 0 ? out : 0; }
size_t model_output_bytes(int i) { return i == 0 ? sizeof out : 0; }
`;
}

/** Compiles all cases into one program, runs it and asserts that each gives what it should. */
export async function assertExactOnBoard(
  cases: readonly Case[],
  { board, target }: { readonly board: "m4" | "m55"; readonly target: CTarget },
): Promise<void> {
  const folder = Deno.makeTempDirSync();
  const write = (name: string, text: string) => Deno.writeTextFileSync(`${folder}/${name}`, text);
  try {
    const sources = cases.flatMap((each, i) => {
      const { model, plan } = each;
      const { files } = emitC(model, { plan, target, prefix: `m${i}`, frames: [] });
      const texts = { ...files, [`check${i}.c`]: checkText(each, i) };
      const names = Object.keys(texts).filter((name) => (
        !name.includes("/") && !name.endsWith("_harness.c")
      ));
      for (const name of names) write(name, texts[name]);
      return names.filter((name) => name.endsWith(".c"));
    });
    write("main.c", mainText(cases.length));
    Deno.mkdirSync(`${folder}/golden`);
    Deno.writeFileSync(`${folder}/golden/input_0.bin`, new Uint8Array(1));
    Deno.writeFileSync(`${folder}/golden/output_0.0.bin`, new Uint8Array(cases.length).fill(1));
    const { success, stdout, stderr } = await new Deno.Command(harness, {
      args: [board, "main.c", ...sources, "-I."],
      cwd: folder,
      env: { GOLDEN: `${folder}/golden`, RUNS: "0", OUT: `${folder}/out`, OPT: "-O1" },
    }).output();
    const text = new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
    assert(success, text);
    assertMatch(text, /outputs: equal/);
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
}
