// Ctrl-C, as a terminal sends it, at several moments of every command.
import { assert, assertEquals, assertMatch } from "../assert.ts";
import { commands } from "../../lib/cli/commands.ts";
import { runCli } from "../../lib/cli/run_cli.ts";
import { inFolder, tinyloom } from "./program.ts";

const AD = "zoo:mlperf-tiny-ad";
const long = ["--budget", "600"];

/** A line of each command that takes long, where there is one; of some several. */
const lines: Readonly<Record<string, readonly string[]>> = {
  matmul: ["matmul", "--m", "2048", "--variants", "naive", ...long],
  conv: ["conv", ...long],
  tune: ["tune", "matmul", ...long],
  compare: ["compare", "known.arrow", "known.arrow"],
  reproduce: ["reproduce", "slow.arrow", ...long],
  model: ["model", "zoo:mobilenet_v2"],
  plan: ["plan", "zoo:mobilenet_v2", "--fusion", "best", "--granularity", "pixel", "--frontier"],
  devices: ["devices", "zoo:mobilenet_v2"],
  deploy: ["deploy", "zoo:mobilenet_v2", "--out", "project"],
  "deploy --verify host": [
    ...["deploy", "zoo:mobilenet_v2", "--out", "proved", "--verify", "host"],
  ],
  "deploy --verify qemu": [
    ...["deploy", "zoo:mlperf-tiny-ic", "--device", "stm32f746", "--verify", "qemu"],
  ],
  run: ["run", "zoo:mobilenet_v2", "--random", "1000", "--reference"],
  profile: ["profile", "zoo:mobilenet_v2", ...long],
  explain: ["explain", "zoo:mobilenet_v2", "0"],
  bench: ["bench", AD, "zoo:mobilenet_v2", ...long],
  ablate: ["ablate", "zoo:mobilenet_v2", ...long],
  search: ["search", "--device", "stm32f746", "--samples", "100000"],
  operators: ["operators"],
  allocate: ["allocate", "hard.csv", "--time-limit", "600"],
  kernel: ["kernel"],
  init: ["init", "mine"],
  doctor: ["doctor"],
  completion: ["completion", "bash"],
  worker: ["worker", "--nats", "nats://127.0.0.1:1"],
};

/** What they end with by themselves, if it is not 0. */
const ownCodes: Readonly<Record<string, number>> = {
  worker: 2, // nobody is there
  "deploy --verify host": 2, // where there is no compiler
  "deploy --verify qemu": 2, // nor a board
};

Deno.test("every command has its line here", () => {
  const named = new Set(Object.values(lines).map(([name]) => name));
  assertEquals([...named].sort(), Object.keys(commands).sort());
});

Deno.test("an interrupt ends every command with exit code 130, from its start on", async () => {
  await inFolder(async (folder) => {
    await prepare(folder);
    for (const [name, args] of Object.entries(lines)) {
      for (const afterMs of [30, 500, 2000, ...name.includes("--verify") ? [5000] : []]) {
        const { code, stderr } = await interrupted(args, { folder, afterMs });
        // What measures has not ended by itself so soon; of other work the end may have come first, and
        // after two seconds there may be as many samples of a small network as are taken.
        const isLong = args.includes("--budget") && afterMs < 2000;
        const isOwn = !isLong && [0, ownCodes[name]].includes(code);
        assert(code === 130 || isOwn, `${name} after ${afterMs} ms: ${code} ${stderr}`);
      }
    }
    assertEquals([...Deno.readDirSync(folder)].filter(({ name }) => name.endsWith(".tmp")), []);
  });
});

// Here it takes as long as it takes: no clock ends the program.
for (
  const [args, shown] of [
    [
      ["allocate", "hard.csv", "--time-limit", "600"],
      /^300 buffers in \d+ B \(lower bound \d+ B\)/,
    ],
    [["tune", "matmul", "--m", "32", "--k", "32", "--n", "32", ...long], /ended by aborted/],
    [["run", "zoo:mlperf-tiny-kws", "--random", "1000000"], /^1 of 1,000,000 frames/m],
    [["profile", AD, ...long], /^A run takes/m],
    [["plan", AD, "--fusion", "best", "--frontier"], /^Fits/],
  ] as const
) {
  Deno.test(`what ${args[0]} has when it is interrupted is shown`, async () => {
    await inFolder(async (folder) => {
      await prepare(folder);
      const interrupt = new AbortController();
      const [out, err]: string[][] = [[], []];
      const stop = (text: string) => {
        if (!/^(verify|warm)/.test(text)) interrupt.abort(new DOMException("", "AbortError"));
      };
      if (args[0] === "allocate") stop("at once");
      const code = await runCli(args, {
        print: (text) => void out.push(text),
        note: (text) => void err.push(text),
        progress: stop,
        width: 80,
        resolve: (path) => `${folder}/${path}`,
        signal: interrupt.signal,
        env: () => undefined,
      });
      assertEquals([code, err.at(-1)], [130, "interrupted: this is what there was by then"]);
      assertMatch(out.join("\n"), shown);
    });
  });
}

async function prepare(folder: string): Promise<void> {
  // What is slow has not the most samples that are taken, after which a measurement ends, in seconds.
  for (const [size, out] of [["32", "known.arrow"], ["512", "slow.arrow"]]) {
    const shape = ["--m", size, "--k", size, "--n", size, "--budget", "0.3"];
    await tinyloom(["matmul", ...shape, "--variants", "naive", "--out", out], folder);
  }
  const lines = ["id,lower,upper,size"];
  let state = 7;
  const draw = (below: number) => {
    state = Math.imul(state, 1_103_515_245) + 12_345;
    return (state >>> 8) % below;
  };
  for (let i = 0; i < 300; i++) {
    const from = draw(300);
    lines.push(`b${i},${from},${from + 1 + draw(80)},${1 + draw(5000)}`);
  }
  await Deno.writeTextFile(`${folder}/hard.csv`, `${lines.join("\n")}\n`);
}

/** Interrupts a command; nothing of it may be left, neither processes nor temporary files. */
async function interrupted(
  args: readonly string[],
  { folder, afterMs }: { readonly folder: string; readonly afterMs: number },
) {
  const temporary = `${folder}/temporary`;
  await Deno.mkdir(temporary, { recursive: true });
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", new URL("../../lib/cli/main.ts", import.meta.url).pathname]
      .concat(args),
    cwd: folder,
    env: {
      ...{ NO_COLOR: "1", INIT_CWD: folder, JUPYTER_DATA_DIR: folder },
      ...{ TMPDIR: temporary, TEMP: temporary },
    },
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const timer = setTimeout(() => {
    try {
      child.kill("SIGINT");
    } catch {
      // It has ended by itself.
    }
  }, afterMs);
  // What a command started may have its pipes for a moment longer.
  const [{ code }, stderr] = await Promise.all([child.status, textOf(child.stderr)]);
  await textOf(child.stdout);
  clearTimeout(timer);
  const told = `${args.join(" ")} after ${afterMs} ms`;
  // Until what was ended has ended.
  for (let tries = 0; tries < 100 && (await processesIn(temporary)).length > 0; tries++) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  assertEquals(await processesIn(temporary), [], told);
  assertEquals([...Deno.readDirSync(temporary)].map(({ name }) => name), [], told);
  return { code, stderr };
}

async function textOf(stream: ReadableStream<Uint8Array>): Promise<string> {
  return (await new Response(stream).text()).replaceAll(/\s+/g, " ");
}

/** Processes that were told of a folder for temporary files, where the system says so in files. */
async function processesIn(folder: string): Promise<readonly string[]> {
  const found: string[] = [];
  try {
    for await (const { name } of Deno.readDir("/proc")) {
      if (!/^\d+$/.test(name)) continue;
      const told = await Deno.readTextFile(`/proc/${name}/environ`).catch(() => "");
      if (told.includes(folder)) found.push(await Deno.readTextFile(`/proc/${name}/cmdline`));
    }
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  return found;
}
