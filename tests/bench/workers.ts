/**
 * What a second worker brings: networks of a space are drawn and judged by the planner through a NATS
 * server on this machine, by one worker process and by two, in turn. The medians of their times, the
 * ratio, and whether the results are the same bits.
 *
 * Run: deno task bench:workers [--samples 10000] [--rounds 5] [--memory in-place] [--sram BYTES] [--restarts]
 *
 * With --restarts, workers are killed and the server is restarted in one more round, whose results must
 * be the same. With --memory overlap --sram 65536 every network that fits is planned exactly.
 */
import { codeVersion, connectWorkers, searchSpace, serveTasks, type Workers } from "tinyloom";
import { median } from "../../lib/npm/statistics.ts";
import { scriptFlags } from "../script_flags.ts";
import { type NatsServer, startServer } from "../workers/nats_server.ts";

/** Networks of one task, as many as a search gives one. */
const A_TASK = 25;

const { values: flags } = scriptFlags({
  script: import.meta.url,
  options: {
    samples: { type: "string", default: "10000" },
    rounds: { type: "string", default: "5" },
    memory: { type: "string", default: "in-place" },
    sram: { type: "string", default: String(96 * 1024) },
    restarts: { type: "boolean", default: false },
    serve: { type: "string" },
  },
  operands: 0,
  numbers: ["samples", "rounds", "sram"],
});
if (flags.serve !== undefined) {
  // A worker for those alone who ask for its mark: so both kinds of rounds find theirs.
  const [servers, mark] = flags.serve.split(" ");
  await serveTasks({ servers, version: await marked(mark) });
} else {
  await measureWorkers();
}

async function measureWorkers(): Promise<void> {
  const samples = Number(flags.samples);
  const rounds = Number(flags.rounds);
  await using server = await startServer();
  const workers = [
    startMarked(server, "one"),
    startMarked(server, "two"),
    startMarked(server, "two"),
  ];
  try {
    await using one = await connectWorkers({ servers: server.url, version: await marked("one") });
    await using two = await connectWorkers({ servers: server.url, version: await marked("two") });
    const tasks = tasksOf(samples);
    // Code is compiled in all three before time counts.
    const expected = (await timed(one, tasks)).text;
    for (let round = 0; round < 2; round++) await timed(two, tasks.slice(0, 40));
    const ms: Record<"one" | "two", number[]> = { one: [], two: [] };
    let same = true;
    for (let round = 0; round < rounds; round++) {
      const order = round % 2 === 0 ? ["one", "two"] as const : ["two", "one"] as const;
      for (const which of order) {
        const { text, spentMs } = await timed({ one, two }[which], tasks);
        ms[which].push(spentMs);
        same &&= text === expected;
      }
      console.log(`round ${round + 1}: ${inWords(ms.one.at(-1)!)}, ${inWords(ms.two.at(-1)!)}`);
    }
    const [oneMs, twoMs] = [median(ms.one), median(ms.two)];
    const { planned, fitting } = planningIn(expected);
    console.log(
      `${samples} networks (${fitting} fit, ${planned} planned exactly), medians of ${rounds}: ` +
        `one worker ${inWords(oneMs)}, two ${inWords(twoMs)}: ${(oneMs / twoMs).toFixed(2)}x; ` +
        `${same ? "the same bits" : "OTHER RESULTS"}`,
    );
    if (flags.restarts) {
      const running = timed(two, tasks);
      await new Promise((resolve) => setTimeout(resolve, twoMs / 4));
      workers[1].kill("SIGKILL");
      workers.push(startMarked(server, "two"));
      await server.restart();
      const { text, spentMs } = await running;
      same &&= text === expected;
      console.log(
        `with a worker killed and the server restarted: ${inWords(spentMs)}; ` +
          `${text === expected ? "the same bits" : "OTHER RESULTS"}`,
      );
    }
    if (!same) Deno.exitCode = 1;
  } finally {
    for (const each of workers) {
      try {
        each.kill("SIGKILL");
      } catch {
        // It was killed in the middle.
      }
      await each.status;
    }
  }
}

function tasksOf(samples: number) {
  const space = searchSpace({ resolution: 96, width: 0.5, classes: 2 });
  const budget = {
    sramBytes: Number(flags.sram),
    flashBytes: 2 ** 20,
    memory: flags.memory,
    macs: null,
    latency: null,
  };
  return Array.from({ length: Math.ceil(samples / A_TASK) }, (_, index) => ({
    kind: "sample",
    space,
    options: { budget, samples: Math.min(A_TASK, samples - index * A_TASK), seed: 1, index },
  }));
}

async function timed(workers: Workers, tasks: ReturnType<typeof tasksOf>) {
  const startMs = performance.now();
  const text = JSON.stringify(await workers.run(tasks));
  return { text, spentMs: performance.now() - startMs };
}

function planningIn(text: string): { readonly planned: number; readonly fitting: number } {
  const all = JSON.parse(text) as { readonly planned: number; readonly macs: readonly number[] }[];
  return {
    planned: all.reduce((sum, { planned }) => sum + planned, 0),
    fitting: all.reduce((sum, { macs }) => sum + macs.length, 0),
  };
}

function startMarked(server: NatsServer, mark: string): Deno.ChildProcess {
  return new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", import.meta.filename!, "--serve", `${server.url} ${mark}`],
    stdin: "null",
    stdout: "null",
  }).spawn();
}

async function marked(mark: string): Promise<string> {
  return `${await codeVersion()} ${mark}`;
}

function inWords(ms: number): string {
  return `${(ms / 1000).toFixed(2)} s`;
}
