import { runProgram } from "../../run_program.ts";
import { environment } from "../../measure/environment.ts";
import {
  jupyterDataDirectory,
  jupyterVariableNames,
  jupyterVariables,
} from "../../notebook/install_kernel.ts";
import type { Command, CommandContext } from "../command.ts";
import { fromAnywhere, version } from "../package_origin.ts";
import { say } from "../terminal.ts";

/** One thing that the program can use. */
interface Finding {
  readonly what: string;
  /** What is there; null where nothing is. */
  readonly found: string | null;
  /** What it is good for. */
  readonly enables: string;
  /** How to get it, where it is missing. */
  readonly help: string | null;
  /** Whether nothing works without it. */
  readonly needed: boolean;
}

/** Names of each program, what it enables, and how to get it. */
const TOOLS: readonly (readonly [readonly string[], string, string])[] = [
  [["jupyter"], "notebooks, and deno task notebooks", "pip install notebook"],
  [["git"], "the commit in records of measurements", "apt-get install git"],
  [["cc", "gcc", "clang"], "deploy --verify host", "apt-get install gcc"],
  [
    ["arm-none-eabi-gcc"],
    "deploy --verify qemu: instructions, stack and code size of a Cortex-M",
    "apt-get install gcc-arm-none-eabi libnewlib-arm-none-eabi",
  ],
  [
    ["qemu-system-arm"],
    "deploy --verify qemu",
    "apt-get install qemu-system-arm",
  ],
  [
    ["nats-server"],
    "worker, --nats: tasks on many machines",
    "apt-get install nats-server, or a server elsewhere",
  ],
];

/** `tinyloom doctor`. */
export const command: Command = {
  name: "doctor",
  details: "Changes nothing. Exit code 1 if something is missing that everything needs.",
  operands: "",
  flags: { json: { kind: "boolean", about: "one JSON object on standard output" } },
  examples: ["doctor", "doctor --json"],
  permissions: {
    env: {
      names: [...jupyterVariableNames, "DENO_V8_FLAGS"],
      why: "for where Jupyter looks",
      optional: true,
    },
    run: { names: TOOLS.flatMap(([names]) => names), why: "for what is there", optional: true },
    records: true,
  },
  run: async (context) => {
    const { flags, print } = context;
    const findings = [...runtime(), ...await kernels(context), ...await tools()];
    const ok = findings.every(({ found, needed }) => found !== null || !needed);
    if (flags.json) {
      print(JSON.stringify({ schemaVersion: 1, version, from: fromAnywhere(), ok, findings }));
    } else {
      say(context, `tinyloom ${version}, ${fromAnywhere()}`);
      for (const finding of findings) say(context, inWords(finding));
      say(
        context,
        ok ? "Everything that is needed is here." : "Something that is needed is missing.",
      );
    }
    return ok ? 0 : 1;
  },
};

function inWords({ what, found, enables, help, needed }: Finding): string {
  const mark = found !== null ? "ok" : needed ? "MISSING" : "–";
  const line = `${mark.padEnd(8)}${what}${found === null ? "" : `: ${found}`}`;
  return `${line}\n        ${enables}${found === null && help ? `; ${help}` : ""}`;
}

/** Runtime, threads, and what WebAssembly can do here. */
function runtime(): readonly Finding[] {
  const { runtime, v8, cores, wasmFeatures } = environment({ gitCommit: null });
  const feature = (name: string, enables: string, needed = false): Finding => ({
    what: `WebAssembly ${name}`,
    found: wasmFeatures.includes(name) ? "yes" : null,
    enables,
    help: "needs a newer Deno",
    needed,
  });
  return [
    {
      what: "runtime",
      found: `${runtime}, V8 ${v8 ?? "of unknown version"}`,
      enables: "everything",
      help: null,
      needed: true,
    },
    {
      what: "processors",
      found: cores === null ? null : String(cores),
      enables: "--threads, the threads steps of matmul and tune, --workers of search",
      help: "the system does not tell their number",
      needed: false,
    },
    feature("simd128", "vectors: vectorize, every fast kernel", true),
    feature("relaxed-simd", "fused multiply-add, and dot products of int8"),
    feature("threads", "more than one thread"),
    feature("bulk-memory", "copies and fills in one instruction", true),
  ];
}

/** What Jupyter knows of Deno. */
async function kernels({ env }: CommandContext): Promise<readonly Finding[]> {
  const installed = async (name: string) => {
    try {
      const path = `${jupyterDataDirectory(jupyterVariables(env))}/kernels/${name}/kernel.json`;
      await Deno.readTextFile(path);
      return path;
    } catch {
      // No folder, no file, or no right to read it: Jupyter cannot start it either.
      return null;
    }
  };
  return [
    {
      what: "Jupyter kernel of Tinyloom",
      found: await installed("tinyloom"),
      enables: "notebooks whose stop button costs no variables",
      help: "tinyloom kernel --install",
      needed: false,
    },
    {
      what: "Jupyter kernel of Deno",
      found: await installed("deno"),
      enables: "the lessons as they are stored",
      help: "deno jupyter --install",
      needed: false,
    },
  ];
}

/** Programs, by what they say of themselves; of several names the first that is there. */
async function tools(): Promise<readonly Finding[]> {
  return await Promise.all(TOOLS.map(async ([names, enables, help]) => {
    const told = await Promise.all(names.map((name) => versionOf(name)));
    const found = told.find((each) => each !== null) ?? null;
    return { what: names.join(" or "), found, enables, help, needed: false };
  }));
}

async function versionOf(name: string): Promise<string | null> {
  try {
    const { success, text } = await runProgram(name, ["--version"]);
    const lines = text.trim().split("\n");
    // Jupyter lists its parts below a heading.
    return success ? lines.find((line) => /^jupyter_core/.test(line)) ?? lines[0] : null;
  } catch {
    // It is not there, or may not be run.
    return null;
  }
}
