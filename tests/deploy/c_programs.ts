// Models as C, compiled by this machine's compiler into one program that runs them on what it is given.
import { type ConstantArray, type EmittedC, type Model, zeroValues } from "../../mod.ts";
import { elements } from "../../mod.ts";

/** Warnings are errors: the C is to be free of them. */
export const warnings = "-Wall -Wextra -Wconversion -Wshadow -pedantic -Werror".split(" ");

/** Accesses out of bounds and undefined behaviour end the program. */
export const sanitizers = [
  "-fsanitize=address,undefined",
  "-fno-sanitize-recover=all",
];

/** Whether a command is there; tests that need it say that they are ignored. */
export function hasCommand(command: string): boolean {
  try {
    return new Deno.Command(command, { args: ["--version"], stdout: "null" }).outputSync().success;
  } catch {
    return false;
  }
}

/** A model, how it was printed, and what it is run on: frames in order, from a reset on. */
export interface Job {
  readonly model: Model;
  readonly emitted: EmittedC;
  readonly frames: readonly (readonly ConstantArray[])[];
}

/** Compiles the models of all jobs into one program; gives each job's outputs, frame by frame. */
export async function runJobs(
  jobs: readonly Job[],
  { compiler = "gcc", flags = ["-O1"], arena = "static" }: {
    readonly compiler?: string;
    readonly flags?: readonly string[];
    /** `given`: memory of its own of exactly the bytes promised. */
    readonly arena?: "static" | "given";
  } = {},
): Promise<readonly (readonly (readonly ConstantArray[])[])[]> {
  const folder = Deno.makeTempDirSync();
  try {
    const programs = [...new Map(jobs.map(({ emitted }) => [emitted.prefix, emitted])).values()];
    const program = await build(folder, programs, { compiler, flags, arena });
    const bytes = jobs.flatMap(({ emitted, frames }) =>
      frames.flatMap((frame, i) => [
        new Uint8Array(Uint32Array.of(programs.indexOf(emitted), i === 0 ? 1 : 0).buffer),
        ...frame.map(({ buffer, byteOffset, byteLength }) =>
          new Uint8Array(buffer, byteOffset, byteLength)
        ),
      ])
    );
    const input = `${folder}/input.bin`;
    Deno.writeFileSync(input, joined(bytes));
    const { success, stdout, stderr } = await new Deno.Command(program, { args: [input] }).output();
    if (!success) throw new Error(`the program failed: ${new TextDecoder().decode(stderr)}`);
    return outputsOf(jobs, stdout);
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
}

async function build(
  folder: string,
  programs: readonly EmittedC[],
  { compiler, flags, arena }: {
    readonly compiler: string;
    readonly flags: readonly string[];
    readonly arena: "static" | "given";
  },
): Promise<string> {
  const write = (name: string, text: string) => Deno.writeTextFileSync(`${folder}/${name}`, text);
  for (const { files } of programs) {
    for (const [name, text] of Object.entries(files)) if (!name.includes("/")) write(name, text);
  }
  const units = programs.flatMap(({ prefix, files }) => {
    const head = arena === "given" ? `#define ${prefix.toUpperCase()}_ARENA_GIVEN\n` : "";
    const weights = `#include "${prefix}_weights.c"\n`;
    // Small files are fastest compiled together; in large constants that it sees gcc looks up values.
    const isSmall = files[`${prefix}_weights.c`].length < 50_000;
    write(`${prefix}_all.c`, `${head}#include "${prefix}.c"\n${isSmall ? weights : ""}`);
    if (isSmall) return [`${prefix}_all`];
    write(`${prefix}_rest.c`, head + weights);
    return [`${prefix}_all`, `${prefix}_rest`];
  });
  write("driver.c", driverText(programs, arena === "given"));
  const compile = async (unit: string) => {
    const { success, stderr } = await new Deno.Command(compiler, {
      args: ["-std=c99", ...flags, ...warnings, "-c", `${unit}.c`, "-o", `${unit}.o`],
      cwd: folder,
    }).output();
    if (!success) throw new Error(`${compiler}: ${new TextDecoder().decode(stderr)}`);
  };
  const waiting = [...units, "driver"];
  const worker = async () => {
    for (let unit = waiting.pop(); unit !== undefined; unit = waiting.pop()) await compile(unit);
  };
  await Promise.all(Array.from({ length: navigator.hardwareConcurrency }, worker));
  const { success, stderr } = await new Deno.Command(compiler, {
    args: [...flags, ...[...units, "driver"].map((unit) => `${unit}.o`), "-lm", "-o", "program"],
    cwd: folder,
  }).output();
  if (!success) throw new Error(`${compiler}: ${new TextDecoder().decode(stderr)}`);
  return `${folder}/program`;
}

/** Reads requests from a file: a model's number, whether to reset it, its inputs. */
function driverText(programs: readonly EmittedC[], givesArena: boolean): string {
  const cases = programs.map(({ prefix, plan }, i) => {
    const macro = prefix.toUpperCase();
    const reads = plan.inputs.map((_, at) =>
      `take(${macro}_INPUT_${at}, ${macro}_INPUT_${at}_BYTES);`
    );
    const writes = plan.outputs.map((_, at) =>
      `fwrite(${macro}_OUTPUT_${at}, 1, ${macro}_OUTPUT_${at}_BYTES, stdout);`
    );
    return `    case ${i}:
      if (head[1]) ${prefix}_reset();
      ${[...reads, `${prefix}_invoke();`, ...writes].join("\n      ")}
      break;`;
  });
  const includes = programs.map(({ prefix }) =>
    `${givesArena ? `#define ${prefix.toUpperCase()}_ARENA_GIVEN\n` : ""}#include "${prefix}.h"`
  );
  const arenas = programs.map(({ prefix }) =>
    `  ${prefix}_arena = malloc(${prefix.toUpperCase()}_ARENA_BYTES);\n`
  );
  return `#include <stdio.h>
#include <stdlib.h>
${includes.join("\n")}

static FILE *requests;

static void take(void *to, size_t bytes) {
  static char ignored[1 << 20];
  if (fread(to == NULL ? ignored : to, 1, bytes, requests) != bytes) perror("take");
}

int main(int count, char **arguments) {
  uint32_t head[2];
${givesArena ? arenas.join("") : ""}  requests = fopen(arguments[count - 1], "rb");
  if (requests == NULL) return 1;
  while (fread(head, sizeof head, 1, requests) == 1) {
    switch (head[0]) {
${cases.join("\n")}
    }
  }
  return fclose(requests);
}
`;
}

function outputsOf(jobs: readonly Job[], bytes: Uint8Array) {
  let at = 0;
  return jobs.map(({ model, emitted, frames }) =>
    frames.map(() =>
      emitted.plan.outputs.map((index) => {
        const { dtype, shape } = model.tensors[index];
        const values = zeroValues(dtype, elements(shape));
        const own = new Uint8Array(values.buffer);
        own.set(bytes.subarray(at, at + own.length));
        at += own.length;
        return values;
      })
    )
  );
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
