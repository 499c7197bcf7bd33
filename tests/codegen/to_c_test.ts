// Nests and pipelines as C functions over arrays of their callers: bit for bit what the engine computes.
import {
  type Computation,
  conv2d,
  convVariants,
  depthwise,
  execute,
  matmul,
  matmulVariants,
  randomInputs,
  type TensorData,
  toC,
} from "../../mod.ts";
import { meaningOf } from "../../lib/nest/pipeline.ts";
import { assert, assertEquals, assertMatch, assertThrows } from "../assert.ts";
import { hasCommand, sanitizers, warnings } from "../deploy/c_programs.ts";

const ignore = !hasCommand("gcc");

/** Arrays that C reads and writes, in the order of the function's parameters. */
function runInC(computation: Computation, inputs: Readonly<Record<string, TensorData>>) {
  const expected = execute(computation, inputs);
  const names = parametersOf(computation);
  const arrays = names.map((name) =>
    inputs[name] ??
      new (expected[name].constructor as Float32ArrayConstructor)(expected[name].length)
  );
  const folder = Deno.makeTempDirSync();
  try {
    Deno.writeTextFileSync(`${folder}/nest.c`, toC(computation, { name: "nest" }));
    Deno.writeTextFileSync(`${folder}/main.c`, mainText(names.length));
    const built = new Deno.Command("gcc", {
      args: [
        "-std=c99",
        "-O0",
        ...warnings,
        ...sanitizers,
        "nest.c",
        "main.c",
        "-lm",
        "-o",
        "program",
      ],
      cwd: folder,
    }).outputSync();
    assert(built.success, new TextDecoder().decode(built.stderr));
    arrays.forEach((array, i) => Deno.writeFileSync(`${folder}/${i}.bin`, bytesOf(array)));
    const { success, stderr } = new Deno.Command(`${folder}/program`, { cwd: folder }).outputSync();
    assert(success, new TextDecoder().decode(stderr));
    const found = Object.fromEntries(
      names.map((name, i) => [name, Deno.readFileSync(`${folder}/${i}.bin`)]),
    );
    for (const [name, values] of Object.entries(expected)) {
      assertEquals(found[name], new Uint8Array(bytesOf(values)), name);
    }
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
}

function bytesOf({ buffer, byteOffset, byteLength }: TensorData): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}

function parametersOf(computation: Computation): readonly string[] {
  const head = /^void nest\((.*)\) \{$/m.exec(toC(computation, { name: "nest" }))![1];
  return head.split(", ").map((each) => each.split("*")[1]);
}

/** Reads each array, with 16 bytes behind its end that vectors may read, calls, writes them back. */
function mainText(count: number): string {
  const each = (text: (i: number) => string) => Array.from({ length: count }, (_, i) => text(i));
  return `#include <stdio.h>
#include <stdlib.h>
void nest(${each(() => "void *").join(", ")});
static size_t sizes[${count}];
static void *array(int i) {
  char name[32];
  FILE *file;
  char *bytes;
  snprintf(name, sizeof name, "%d.bin", i);
  file = fopen(name, "rb");
  fseek(file, 0, SEEK_END);
  sizes[i] = (size_t)ftell(file);
  rewind(file);
  bytes = calloc(sizes[i] + 16, 1);
  if (fread(bytes, 1, sizes[i], file) != sizes[i]) exit(3);
  fclose(file);
  return bytes;
}
int main(void) {
  void *arrays[${count}];
  int i;
  for (i = 0; i < ${count}; i++) arrays[i] = array(i);
  nest(${each((i) => `arrays[${i}]`).join(", ")});
  for (i = 0; i < ${count}; i++) {
    char name[32];
    FILE *file;
    snprintf(name, sizeof name, "%d.bin", i);
    file = fopen(name, "wb");
    fwrite(arrays[i], 1, sizes[i], file);
    fclose(file);
    free(arrays[i]);
  }
  return 0;
}
`;
}

const layer = { height: 6, width: 7, inChannels: 5, outChannels: 9, kernel: [3, 3] } as const;
const cases: Readonly<Record<string, Computation>> = {
  ...Object.fromEntries(
    Object.entries(matmulVariants({ m: 9, k: 10, n: 22 }))
      .map(([name, nest]) => [`matmul ${name}`, nest]),
  ),
  ...Object.fromEntries(
    Object.entries(convVariants(layer)).map(([name, each]) => [`conv ${name}`, each]),
  ),
  "conv of int8": conv2d({ ...layer, dtype: "i8" }),
  "depthwise": depthwise({ height: 5, width: 6, channels: 7, kernel: [3, 3], padding: "same" }),
};

for (const [name, computation] of Object.entries(cases)) {
  Deno.test({
    name:
      `${name} as a C function computes what the engine does, without undefined behaviour (needs gcc)`,
    ignore,
    fn: () => runInC(computation, randomInputs(meaningOf(computation), { seed: 3 })),
  });
}

Deno.test("a function in C is named after its nest, or as asked for", () => {
  const nest = matmul({ m: 2, k: 2, n: 2 });
  assertMatch(toC(nest), /^void matmul\(const float \*A, const float \*B, float \*C\) \{$/m);
  assertMatch(toC(nest, { name: "product" }), /^void product\(/m);
  assertThrows(() => toC(nest, { name: "2x2" }), RangeError, "identifier");
});
