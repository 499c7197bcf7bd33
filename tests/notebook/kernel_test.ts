// In a real Deno kernel, through Jupyter.
import { fileURLToPath } from "node:url";
import { installKernel } from "tinyloom";
import { execute, findPython } from "../notebooks/execution.ts";
import {
  assert,
  assertEquals,
  assertMatch,
  assertRejects,
  assertStringIncludes,
} from "../assert.ts";

const python = await findPython();

function kernelTest(name: string, body: () => Promise<void>): void {
  const missing = python === null;
  Deno.test(missing ? `${name} (skipped: Jupyter is missing)` : name, { ignore: missing }, body);
}

async function runNotebooks(...args: string[]): Promise<{ code: number; text: string }> {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", file("../notebooks/run.ts"), ...args],
    env: { NO_COLOR: "1", TINYLOOM_QUICK: "inherited" },
  }).output();
  const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, text: decode(stdout) + decode(stderr) };
}

function file(path: string): string {
  return fileURLToPath(new URL(path, import.meta.url));
}

function fixture(name: string): string {
  return file(`../notebooks/fixtures/${name}.ipynb`);
}

kernelTest("the runner passes a notebook that shows, fails on purpose and goes on", async () => {
  const { code, text } = await runNotebooks(fixture("passes"));
  assertMatch(text, /^ok {5}.*passes\.ipynb/);
  assertEquals(code, 0, text);
});

kernelTest("the runner names notebook, cell and error of each failure", async () => {
  const names = ["error", "silent", "unhandled", "unparsable", "unresolvable", "mistyped"];
  const { code, text } = await runNotebooks("--jobs", "3", ...names.map(fixture));
  assertEquals(code, 1, text);
  const reports = text.split(/^(?=FAILED|ok|\d+ notebooks)/m);
  const report = (name: string) => reports.find((part) => part.includes(`/${name}.ipynb`)) ?? "";
  const reply =
    'cell 1: could not be parsed, or an import could not be resolved; the kernel only says "';
  assertStringIncludes(report("error"), "cell 2: RangeError: boom 3\n");
  assertStringIncludes(report("error"), "cell 3: was not run");
  assertStringIncludes(report("silent"), "cell 1: shows something but has no output");
  assertStringIncludes(report("unhandled"), "cell 2: Error: nobody waits for this");
  assertStringIncludes(report("unparsable"), reply);
  assertStringIncludes(report("unparsable"), "cell 1: line 1, column 12: SyntaxError");
  assertStringIncludes(report("unresolvable"), reply);
  assertStringIncludes(report("mistyped"), "cell 2: line 1, column 7: TS2322 Type 'number'");
  assertStringIncludes(text, "6 notebooks executed, 6 failed");
});

kernelTest("a notebook that does not end is stopped", async () => {
  const { code, text } = await runNotebooks("--timeout", "3", fixture("hangs"));
  assertStringIncludes(text, "cell 1: did not end in time");
  assertEquals(code, 1);
});

kernelTest("--write keeps the outputs, a run without it changes nothing", async () => {
  // Beside the fixtures, so that "tinyloom" resolves.
  const copy = file(`../notebooks/fixtures/.copy-${crypto.randomUUID()}.ipynb`);
  await Deno.copyFile(fixture("passes"), copy);
  try {
    const { code, text } = await runNotebooks("--write", copy);
    assertEquals(code, 0, text);
    // deno-lint-ignore no-explicit-any
    const cells: any[] = JSON.parse(await Deno.readTextFile(copy)).cells;
    const outputs = cells.map((cell) => (cell.outputs ?? []).length);
    assertEquals(outputs, [0, 1, 1, 1, 1, 0, 1, 2]);
    assertEquals(cells[1].outputs[0].data["text/plain"], ["quick: false"]);
    // One form of a picture; where there is no font, all that were shown.
    if (!text.includes("No font was found")) {
      assertEquals(Object.keys(cells[3].outputs[0].data), ["image/png", "text/plain"]);
    }
    assertMatch(cells[4].outputs[0].data["text/plain"][0], /^steps: 5\/5 \(100 %\)/);
    assertEquals(cells[6].outputs[0].ename, "RangeError");

    const before = await Deno.readTextFile(copy);
    assertEquals((await runNotebooks("--quick", copy)).code, 0);
    assertEquals(await Deno.readTextFile(copy), before);
  } finally {
    await Deno.remove(copy);
  }
});

Deno.test("the runner refuses what it does not know, and says what is missing", async () => {
  const unknown = await runNotebooks("--fast");
  assertEquals(unknown.code, 2);
  assertStringIncludes(unknown.text, "--fast");
  assertEquals((await runNotebooks("--jobs", "0")).code, 2);
  assertEquals((await runNotebooks("--write", "--quick")).code, 2);
  const missing = await runNotebooks("--python", "/no/such/python", fixture("error"));
  assertEquals(missing.code, 2);
  assertStringIncludes(missing.text, "apt-get install");
  const skipped = ["--python", "/no/such/python", "--skip-if-missing"];
  assertEquals((await runNotebooks(...skipped, fixture("error"))).code, 0);
  assertEquals((await runNotebooks("--check", fixture("mistyped"))).code, 1);
  const absent = await runNotebooks("--check", "no-such.ipynb");
  assertEquals(absent.code, 1);
  assertStringIncludes(absent.text, "no-such.ipynb");
});

kernelTest("--quick reaches the notebook as TINYLOOM_QUICK", async () => {
  const signal = new AbortController().signal;
  const options = { python: python!, timeoutSeconds: 60, quick: true, signal };
  const { cells } = await execute(fixture("passes"), options);
  const [output] = cells[0].outputs;
  assertEquals("data" in output && output.data["text/plain"], "quick: true");
});

kernelTest("a stopped run leaves no kernel behind", async () => {
  const directory = await Deno.makeTempDir();
  const source = `await Deno.writeTextFile("kernel.pid", String(Deno.pid));
await new Promise((resolve) => setTimeout(resolve, 1e6));`;
  const cells = [{ cell_type: "code", metadata: {}, outputs: [], source }];
  try {
    await Deno.writeTextFile(`${directory}/hangs.ipynb`, JSON.stringify({ cells }));
    const stop = new AbortController();
    const options = { python: python!, timeoutSeconds: 60, quick: false, signal: stop.signal };
    const running = execute(`${directory}/hangs.ipynb`, options);
    const stopped = assertRejects(() => running, Error, "the kernel could not be run");
    let pid = "";
    while (pid === "") {
      await new Promise((resolve) => setTimeout(resolve, 20));
      pid = await Deno.readTextFile(`${directory}/kernel.pid`).catch(() => "");
    }
    stop.abort();
    await stopped;
    const alive = await new Deno.Command("kill", { args: ["-0", pid], stderr: "null" }).output();
    assertEquals(alive.success, false);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});

interface PressedCell {
  source: string;
  interruptAfterSeconds?: number;
}

async function pressStop(cells: PressedCell[]): Promise<(string[] | null)[]> {
  const directory = await Deno.makeTempDir();
  try {
    const { name } = await installKernel({ directory, denoPath: Deno.execPath() });
    const child = new Deno.Command(python!, {
      args: [file("../notebooks/interrupt.py"), name],
      cwd: file("."),
      env: { JUPYTER_DATA_DIR: directory, JUPYTER_RUNTIME_DIR: `${directory}/runtime` },
      stdin: "piped",
      stdout: "piped",
    }).spawn();
    const writer = child.stdin.getWriter();
    await writer.write(new TextEncoder().encode(JSON.stringify(cells)));
    await writer.close();
    return JSON.parse(new TextDecoder().decode((await child.output()).stdout));
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

kernelTest(
  "the stop button ends a loop that looks at the signal, and keeps the state",
  async () => {
    const loop = `
    const signal = notebook.interruptSignal();
    while (!signal.aborted) { rounds++; await new Promise((resolve) => setTimeout(resolve, 10)); }
    await show("stopped");`;
    const shown = await pressStop([
      {
        source: `import { setupNotebook, show } from "tinyloom";
               const notebook = setupNotebook(); let rounds = 0;`,
      },
      { source: loop, interruptAfterSeconds: 0.5 },
      { source: loop, interruptAfterSeconds: 0.5 },
      { source: "await show(rounds > 1 ? 'kept' : 'lost')" },
    ]);
    assertEquals(shown, [[], ["stopped"], ["stopped"], ["kept"]]);
  },
);

kernelTest("without setupNotebook the stop button does not cost the state either", async () => {
  const shown = await pressStop([
    { source: "let rounds = 41;" },
    {
      source: "await new Promise((resolve) => setTimeout(resolve, 1500)); rounds++;",
      interruptAfterSeconds: 0.3,
    },
    {
      source:
        "await Deno.jupyter.broadcast('display_data', { metadata: {}, data: { 'text/plain': `${rounds}` } }); await new Promise((resolve) => setTimeout(resolve, 20));",
    },
  ]);
  assertEquals(shown.at(-1), ["42"]);
});

kernelTest(
  "what the last expression of a cell holds is shown richly, without any set-up",
  async () => {
    const directory = await Deno.makeTempDir({
      dir: file("../notebooks/fixtures"),
      prefix: ".cells-",
    });
    const sources = [
      'import { chartMemory, matmul, planMemory, summarize, zoo } from "tinyloom"; let m = zoo("mlperf-tiny-ad");',
      "m",
      "planMemory(m)",
      "summarize(m)",
      "matmul({ m: 4, k: 4, n: 4 })",
      "chartMemory(planMemory(m))",
    ];
    const cells = sources.map((source) => ({
      cell_type: "code",
      metadata: {},
      outputs: [],
      source,
    }));
    try {
      await Deno.writeTextFile(`${directory}/cells.ipynb`, JSON.stringify({ cells }));
      const signal = new AbortController().signal;
      const options = { python: python!, timeoutSeconds: 120, quick: false, signal };
      const { cells: ran, language } = await execute(`${directory}/cells.ipynb`, options);
      assertEquals(language.name, "typescript");
      const types = ran.slice(1).map(({ outputs: [output] }) =>
        output !== undefined && "data" in output ? Object.keys(output.data).sort() : []
      );
      const rich = ["text/html", "text/plain"];
      const chart = ["application/vnd.vegalite.v5+json", "image/svg+xml", "text/plain"];
      assertEquals(types, [rich, rich, rich, rich, chart]);
    } finally {
      await Deno.remove(directory, { recursive: true });
    }
  },
);

kernelTest("long work draws its bar, and the stop button ends it with what it has", async () => {
  const [, planned, benched, kept] = await pressStop([
    { source: 'import { bench, matmul, planMemory, show, zoo } from "tinyloom"; let made = [];' },
    {
      // A search that takes half a minute and never waits.
      source:
        `const options = { fusion: "best", granularity: "pixel", mostTiles: 1000, timeLimitMs: 6e4 };
        const plan = planMemory(zoo("mobilenet_v2", { resolution: 2688 }), options);
        made.push(plan.peakBytes > 0, plan.optimal);
        await show("planned");`,
      interruptAfterSeconds: 6,
    },
    {
      source: `const table = (await bench({ naive: matmul({ m: 64, k: 64, n: 64 }) }, {
          budgetMs: 60_000, runs: 1e6, tightness: 1e-9,
        })).table;
        made.push(table.numRows);
        await show("benched");`,
      interruptAfterSeconds: 4,
    },
    { source: "await show(JSON.stringify(made))" },
  ]);
  assertMatch(planned![0], /^plan, at most: /);
  assertMatch(benched![0], /^measure: /);
  assert(planned!.includes("planned") && benched!.includes("benched"));
  assertEquals(kept, ["[true,false,1]"]);
});

kernelTest(
  "the stop button ends what has nothing to show before its end, and keeps the state",
  async () => {
    const stopped = (work: string, interruptAfterSeconds: number) => ({
      source: `signal = notebook.interruptSignal();
      try { ${work}; } catch (error) { ended.push(error.name); }
      await show("over");`,
      interruptAfterSeconds,
    });
    const shown = await pressStop([
      {
        source:
          `import { caches, interpret, matmul, randomInputs, setupNotebook, show, simulateCache }
          from "tinyloom";
        const notebook = setupNotebook(), ended: string[] = [];
        // Minutes of work that never waits.
        const nest = matmul({ m: 2000, k: 2000, n: 2000 });
        let signal: AbortSignal;`,
      },
      stopped("simulateCache(nest, caches.cortexM7, { signal })", 3),
      stopped("interpret(nest, randomInputs(nest), { signal })", 3),
      { source: "await show(ended.join())" },
    ]);
    assertEquals(shown, [[], ["over"], ["over"], ["AbortError,AbortError"]]);
  },
);
