import { applySteps, interpret, type Nest, type TensorData, toC } from "tinyloom";
import { elementsOf } from "../../lib/nest/define_nest.ts";
import { dtypeOf, zeros } from "../../lib/nest/dtype.ts";
import { clearOutputs } from "../../lib/codegen/execute.ts";
import { randomInputs } from "../codegen/random_data.ts";
import { hasCommand, sanitizers } from "../deploy/c_programs.ts";
import { type Kind, plainCase, plainValue, seedOf, withoutParts } from "./case.ts";
import { differenceOf, fewerSteps, type ScheduledNest, scheduledNest } from "./schedule_cases.ts";

/** How many schedules one program runs. */
const BATCH = 50;

/** Random schedules as C, many in one program, under sanitizers. */
export function nativeCases(): Kind {
  const isHere = hasCommand("gcc");
  const caseOf = (nests: readonly ScheduledNest[]) =>
    plainCase(nests, { run: isHere ? tryNative : () => "not tried without gcc", smaller });
  return {
    night: 1000,
    mostMs: 300_000,
    make: (index, seed) =>
      caseOf(
        Array.from({ length: BATCH }, (_, i) => scheduledNest(seedOf(index * BATCH + i, seed))),
      ),
    read: (file) => caseOf(plainValue(file)),
  };
}

/** Fewer nests; the last one with fewer steps. */
function* smaller(nests: readonly ScheduledNest[]): Generator<readonly ScheduledNest[]> {
  if (nests.length > 1) yield* withoutParts(nests);
  else for (const fewer of fewerSteps(nests[0])) yield [fewer];
}

async function tryNative(nests: readonly ScheduledNest[]): Promise<string> {
  if (nests.length === 0) return "nothing";
  const programs = nests.map(({ plain, steps, seed }) => {
    const nest = applySteps(plain, steps);
    return { nest, plain, inputs: randomInputs(nest, seed) };
  });
  // Most without optimisation, which takes three times as long to compile.
  const found = await runProgram(programs, nests[0].seed % 4 === 0 ? "-O1" : "-O0");
  programs.forEach(({ plain, inputs }, i) => {
    const expected = String(interpret(plain, inputs)[plain.body.target.tensor]);
    if (String(found[i]) === expected) return;
    throw new Error(`nest ${i} ${plain.name}: ${differenceOf(String(found[i]), expected)}`);
  });
  return `${nests.length} nests`;
}

interface NativeNest {
  readonly nest: Nest;
  readonly inputs: Readonly<Record<string, TensorData>>;
}

/** The outputs of nests that one program runs. */
async function runProgram(
  nests: readonly NativeNest[],
  level: "-O0" | "-O1",
): Promise<readonly TensorData[]> {
  const folder = Deno.makeTempDirSync();
  try {
    const units = nests.map(({ nest }, i) => unit(nest, i));
    Deno.writeTextFileSync(`${folder}/nests.c`, heads + units.join(""));
    Deno.writeTextFileSync(`${folder}/main.c`, mainText(nests.map(({ nest }) => nest)));
    await call("gcc", [
      ...[level, "-march=native", "-ffp-contract=off", "-w", ...sanitizers],
      ...[`${folder}/nests.c`, `${folder}/main.c`, "-lm", "-o", `${folder}/program`],
    ]);
    const arrays = nests.flatMap(({ nest, inputs }) => arraysOf(nest, inputs));
    Deno.writeFileSync(`${folder}/in.bin`, await joined(arrays));
    await call(`${folder}/program`, [`${folder}/in.bin`, `${folder}/out.bin`]);
    const bytes = Deno.readFileSync(`${folder}/out.bin`);
    let at = 0;
    return nests.map(({ nest, inputs }) => {
      const tensors = arraysOf(nest, inputs);
      const output = tensors[nest.tensors.findIndex(({ role }) => role === "output")];
      new Uint8Array(output.buffer).set(bytes.subarray(at, at += output.byteLength));
      return output;
    });
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
}

/** What it reads and what it adds to, in the order of the function's parameters. */
function arraysOf(nest: Nest, inputs: NativeNest["inputs"]): readonly TensorData[] {
  const tensors = Object.fromEntries(
    nest.tensors.map((each) => [
      each.name,
      inputs[each.name] ?? zeros(each.dtype, elementsOf(each)),
    ]),
  );
  clearOutputs(nest, tensors);
  return nest.tensors.map(({ name }) => tensors[name]);
}

/** A nest's file with names of its own, so that one file holds many. */
function unit(nest: Nest, number: number): string {
  const text = toC(nest, { name: "nest" });
  const global = /^(?:static|typedef|void)\b[^\n]*?\b(\w+)(?=\(| __attribute__|\[|;)/gm;
  const names = new Set([...text.matchAll(global)].map(([, name]) => name));
  const renamed = [...names].map((name) => `#define ${name} ${name}_${number}\n`).join("");
  const undone = [...names].map((name) => `#undef ${name}\n`).join("");
  return `${renamed}${text}${undone}`;
}

/** What the files include, before any name is another. */
const heads = `#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#if defined(__SSE2__)
#include <immintrin.h>
#endif
`;

/** Gives every nest arrays of exactly the bytes that they have, and writes the outputs. */
function mainText(nests: readonly Nest[]): string {
  const calls = nests.map((nest, i) => {
    const sizes = nest.tensors.map((each) => elementsOf(each) * zeros(each.dtype, 1).byteLength);
    const output = nest.tensors.findIndex(({ role }) => role === "output");
    const list = nest.tensors.map((_, at) => `a[${at}]`).join(", ");
    return `  {
    void *a[${sizes.length}];
${sizes.map((size, at) => `    a[${at}] = take(${size});`).join("\n")}
    nest_${i}(${list});
    fwrite(a[${output}], 1, ${sizes[output]}, out);
${sizes.map((_, at) => `    free(a[${at}]);`).join("\n")}
  }`;
  });
  return `#include <stdio.h>
#include <stdlib.h>
${
    nests.map((nest, i) => `void nest_${i}(${nest.tensors.map(() => "void *").join(", ")});`).join(
      "\n",
    )
  }
static FILE *in, *out;
static void *take(size_t bytes) {
  void *array = malloc(bytes);
  if (fread(array, 1, bytes, in) != bytes) abort();
  return array;
}
int main(int count, char **names) {
  (void)count;
  in = fopen(names[1], "rb");
  out = fopen(names[2], "wb");
${calls.join("\n")}
  fclose(in);
  return fclose(out);
}
`;
}

async function call(command: string, args: readonly string[]): Promise<void> {
  const { success, stderr } = await new Deno.Command(command, { args: [...args] }).output();
  if (!success) throw new Error(`${command}: ${new TextDecoder().decode(stderr).slice(0, 2000)}`);
}

async function joined(arrays: readonly TensorData[]): Promise<Uint8Array> {
  return new Uint8Array(await new Blob(arrays as unknown as BlobPart[]).arrayBuffer());
}
