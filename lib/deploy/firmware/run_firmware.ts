import type { Deployment } from "../deploy.ts";
import { type BoardName, deployTarget } from "../deploy_targets.ts";
import { runProgram } from "../../run_program.ts";
import { DeployError, inFolderWith, needTools } from "../tools.ts";
import { firmwareHeader, hookText, mainText } from "./main_text.ts";
import { type Board, boards, linkText, startText } from "./startup_text.ts";

/** What a run in QEMU shows of a project. */
export interface FirmwareResult {
  readonly board: BoardName;
  /** Whether all outputs of all frames are equal. */
  readonly exact: boolean;
  /** Instructions of the first frame, and the most of all frames. */
  readonly instructions: number;
  readonly mostInstructions: number;
  /** Instructions by layer, in the first frame. */
  readonly layers: readonly number[];
  /** Depth of the stack below the caller. */
  readonly stackBytes: number;
  /** Bytes of the program's sections, without what is around the model. */
  readonly sections: Readonly<Record<string, number>>;
}

const CC = "arm-none-eabi-gcc";
const QEMU = "qemu-system-arm";
const TOTAL = "tl/total.elf";
const LAYERS = "tl/layers.elf";

/** What it takes to build a project for a board and to run it there. */
export const firmwareTools: readonly string[] = [CC, QEMU];

/** How a project is built and watched. */
export interface FirmwareOptions {
  /** A level of the compiler. */
  readonly optimize: string;
  readonly signal?: AbortSignal;
  readonly onProgress?: (text: string) => void;
}

/**
 * Builds a project with a program around it and runs that in QEMU, on all golden vectors.
 *
 * @throws {DeployError} without the tools or golden vectors, for a target that no machine in QEMU is
 *   like, or if the program is too large for that machine, cannot be built or faults.
 */
export async function runFirmware(
  deployment: Deployment,
  options: FirmwareOptions,
): Promise<FirmwareResult> {
  const { emitted: { prefix, frames }, project, target } = deployment;
  const { board } = deployTarget(target);
  const { signal, onProgress } = options;
  if (board === null) throw new DeployError(`no machine in QEMU runs code for target ${target}`);
  if (frames === 0) throw new DeployError("the project has no golden vectors to compare with");
  await needTools(firmwareTools);
  const files = {
    ...project.files,
    "tl/tl_firmware.h": firmwareHeader(boards[board].quarterNs),
    "tl/tl_hook.h": hookText(prefix.toUpperCase()),
    "tl/tl_start.c": startText,
    "tl/tl_main.c": mainText(prefix),
    "tl/link.ld": linkText(prefix, boards[board]),
  };
  return await inFolderWith(files, async (cwd) => {
    onProgress?.(`compiling for ${board}`);
    await buildFirmware(deployment, { board, cwd, options });
    onProgress?.(`running ${frames} frames on ${board}`);
    const total = await emulate(TOTAL, { board, cwd, signal });
    onProgress?.(`counting layers on ${board}`);
    const layers = await emulate(LAYERS, { board, cwd, signal });
    const { text } = await runProgram("arm-none-eabi-size", ["-A", TOTAL], { cwd, signal });
    return { board, ...readOutput(total, layers), sections: sectionsOf(text) };
  });
}

/** The program that counts everything, and the one that counts layers. */
async function buildFirmware(
  { emitted: { prefix }, project }: Deployment,
  { board, cwd, options: { optimize, signal } }: {
    readonly board: BoardName;
    readonly cwd: string;
    readonly options: FirmwareOptions;
  },
): Promise<void> {
  const common = [
    ...boards[board].flags,
    ..."-mthumb -std=c11 -ffunction-sections -fdata-sections -Itl".split(" "),
    `-I./${project.sourceFolder}`,
    `-I./${project.testFolder}`,
  ];
  const compile = async (from: string, to: string, more: readonly string[]) => {
    await needSuccess(CC, [...common, ...more, "-c", from, "-o", to], { cwd, signal });
    return to;
  };
  const around = ["-O2", "-ffreestanding", "-fno-tree-loop-distribute-patterns"];
  const start = await compile("tl/tl_start.c", "tl/tl_start.o", around);
  const mains = [
    await compile("tl/tl_main.c", "tl/tl_main.o", around),
    await compile("tl/tl_main.c", "tl/tl_layers.o", [...around, "-DTL_LAYERS"]),
  ];
  const plain: string[] = [];
  const hooked: string[] = [];
  for (const [i, source] of project.sources.entries()) {
    const object = await compile(source, `tl/model_${i}.o`, [optimize]);
    plain.push(object);
    const hasHooks = source === `${project.sourceFolder}${prefix}.c`;
    const hook = [optimize, "-include", "tl_hook.h"];
    hooked.push(hasHooks ? await compile(source, "tl/model_hooked.o", hook) : object);
  }
  const flags = "-nostartfiles -Wl,--gc-sections -Wl,--no-warn-rwx-segments -T tl/link.ld"
    .split(" ");
  for (const [i, objects] of [plain, hooked].entries()) {
    const to = [TOTAL, LAYERS][i];
    const args = [...common, ...flags, start, mains[i], ...objects, "-lm", "-o", to];
    await needSuccess(CC, args, { cwd, signal, board });
  }
}

async function emulate(
  program: string,
  { board, cwd, signal }: {
    readonly board: BoardName;
    readonly cwd: string;
    readonly signal?: AbortSignal;
  },
): Promise<string> {
  const how = "-icount shift=0 -display none -monitor none -serial none".split(" ");
  const semihosting = ["-semihosting-config", "enable=on,target=native"];
  const { text, errors } = await runProgram(
    QEMU,
    ["-M", board, ...how, ...semihosting, "-kernel", program],
    { cwd, signal },
  );
  const output = text + errors;
  if (/^end$/m.test(output)) return output;
  throw new DeployError(`the program ended early on ${board}: ${output.slice(-1000)}`);
}

async function needSuccess(
  name: string,
  args: readonly string[],
  { board, ...where }: {
    readonly cwd: string;
    readonly signal?: AbortSignal;
    /** Whose memory a program is linked for. */
    readonly board?: BoardName;
  },
): Promise<void> {
  const { success, text, errors } = await runProgram(name, args, where);
  if (success) return;
  const overflow = board === undefined
    ? null
    : overflowText(errors, { name: board, board: boards[board] });
  if (overflow !== null) throw new DeployError(overflow);
  throw new DeployError(`${name} failed:\n${(errors || text).slice(0, 4000)}`);
}

const KNOWN_INSTRUCTIONS = 2_000_001;

function readOutput(total: string, layers: string) {
  const numbers = (text: string, line: RegExp) =>
    [...text.matchAll(line)].map(([, digits]) => Number(digits));
  const [check] = numbers(total, /^check (\d+)$/gm);
  if (Math.abs(check - KNOWN_INSTRUCTIONS) > 8) {
    throw new DeployError(`QEMU counts ${check} for ${KNOWN_INSTRUCTIONS} instructions`);
  }
  const frames = numbers(total, /^instructions (\d+)$/gm);
  return {
    exact: / equal$/m.test(total) && !/ differs$/m.test(total),
    instructions: frames[0],
    mostInstructions: Math.max(...frames),
    layers: numbers(layers, /^layer \d+ (\d+)$/gm),
    stackBytes: numbers(total, /^stack (\d+)$/gm)[0],
  };
}

/** Sizes of sections, as `size -A` prints them. */
function sectionsOf(text: string): Readonly<Record<string, number>> {
  const lines = [...text.matchAll(/^(\.\w+)\s+(\d+)\s/gm)];
  return Object.fromEntries(lines.map(([, name, size]) => [name, Number(size)]));
}

/**
 * What a linker's complaint about a memory that is too small means: by how much the model is too large
 * for which, and what is left to do; null for all other complaints.
 */
export function overflowText(
  errors: string,
  { name, board }: { readonly name: BoardName; readonly board: Board },
): string | null {
  const found = [...errors.matchAll(/region [`'](\w+)' overflowed by (\d+) bytes?/g)];
  const parts = new Map(found.map(([, region, over]) => [region, Number(over)]));
  if (parts.size === 0) return null;
  const bytes = (count: number) => `${count.toLocaleString("en")} bytes`;
  const sizes: Readonly<Record<string, { readonly what: string; readonly sizeBytes: number }>> = {
    FLASH: { what: "Flash", sizeBytes: board.flash[1] },
    RAM: { what: "RAM", sizeBytes: board.ram[1] },
    HOST: { what: "the memory for golden vectors", sizeBytes: board.host[1] },
  };
  const over = [...parts].map(([region, count]) => {
    const known = sizes[region];
    return known === undefined
      ? `${bytes(count)} over ${region}`
      : `${bytes(count)} over the ${bytes(known.sizeBytes)} of ${known.what}`;
  });
  const advice = [
    ...parts.has("FLASH") ? ["optimize: size makes code smaller"] : [],
    ...parts.has("RAM") ? ["fusion makes the arena smaller"] : [],
    ...parts.has("HOST") ? ["fewer frames take less"] : [],
    "another target's board may have more",
    "an estimate needs no board",
  ];
  return `the program is too large for ${name} in QEMU: ${over.join(", ")}; ${advice.join(", ")}`;
}
