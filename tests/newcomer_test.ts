/**
 * A newcomer with the README in hand, in a folder of their own. With TINYLOOM_FRESH set also on a machine
 * that has only Node and npm: a clean copy, an empty home, and everything downloaded (minutes).
 */
import { fileURLToPath } from "node:url";
import settings from "../deno.json" with { type: "json" };
import { parseFlags } from "../lib/cli/command.ts";
import { commands, loadCommand } from "../lib/cli/commands.ts";
import { inFolder, tinyloom } from "./cli/program.ts";
import { execute, findPython } from "./notebooks/execution.ts";
import { assert, assertEquals, assertMatch } from "./assert.ts";

const root = fileURLToPath(new URL("../", import.meta.url));
const readme = await Deno.readTextFile(`${root}README.md`);
const blocks = (language: string) =>
  [...readme.matchAll(new RegExp(`^\`\`\`${language}\n([^]*?)^\`\`\``, "gm"))].map(([, text]) =>
    text
  );
const python = await findPython();

Deno.test("the README's commands are tasks, and its files are there", async () => {
  const tasks = [...readme.matchAll(/deno task ([\w:]+)/g)].map(([, task]) => task);
  assertEquals(tasks.filter((task) => !Object.hasOwn(settings.tasks, task)), []);
  for (const [, path] of readme.matchAll(/\]\((?!https?:)([^)#]+)\)/g)) {
    assert(await Deno.stat(root + path).catch(() => null), `README.md: there is no ${path}`);
  }
});

Deno.test("the README lists every command with an example that its flags allow", async () => {
  const examples = [...readme.matchAll(/`tinyloom (\w+)([^`]*)`/g)]
    .filter(([, name]) => Object.hasOwn(commands, name));
  for (const [whole, name, rest] of examples) {
    const args = rest.replace(/ >> .*/, "").split(" ").filter((word) => word !== "");
    const { operands } = parseFlags(await loadCommand(name), args);
    assert(operands.every((word) => !word.startsWith("-")), whole);
  }
  const shown = new Set(examples.map(([, name]) => name));
  assertEquals(Object.keys(commands).filter((name) => !shown.has(name)), []);
});

Deno.test("the README lists every lesson and every door", async () => {
  for await (const { name } of Deno.readDir(`${root}notebooks`)) {
    if (name.endsWith(".ipynb")) assert(readme.includes(`(notebooks/${name})`), name);
  }
});

Deno.test("each program of the README runs in a folder that init made", async (test) => {
  await inFolder(async (folder) => {
    assertEquals((await tinyloom(["init"], folder)).code, 0);
    for (const [index, source] of blocks("ts").entries()) {
      await test.step(
        source.split("\n").find((line) => !/^import|^ |^}|^$/.test(line)) ?? "",
        async () => {
          await Deno.writeTextFile(`${folder}/${index}.ts`, shortened(source));
          const { code, text } = await run(Deno.execPath(), ["run", "-A", `${index}.ts`], folder);
          assertEquals(code, 0, text);
        },
      );
    }
    await Deno.writeTextFile(
      `${folder}/all.ts`,
      ["first", ...blocks("ts").keys()].map((name) => `import "./${name}.ts";`).join("\n"),
    );
    const { code, text } = await run(Deno.execPath(), ["check", "--quiet", "all.ts"], folder);
    assertEquals(code, 0, text);
  });
});

Deno.test("the examples that need no measuring do what they say", async () => {
  await inFolder(async (folder) => {
    for (const line of ["plan zoo:mobilenet_v2", "operators", "explain zoo:mlperf-tiny-ad 2"]) {
      const { code, stdout } = await tinyloom(line.split(" "), folder);
      assertEquals(code, 0, line);
      assertMatch(stdout, /\d/, line);
    }
  });
});

Deno.test({
  name: "the first notebook runs in another folder",
  ignore: python === null,
  fn: async () => {
    await inFolder(async (folder) => {
      await tinyloom(["init"], folder);
      const { cells } = await execute(`${folder}/first.ipynb`, {
        python: python!,
        timeoutSeconds: 120,
        quick: true,
        signal: AbortSignal.timeout(180_000),
      });
      assertEquals(cells.map(({ status, evalue }) => status + evalue), ["ok", "ok", "ok", "ok"]);
      const shown = cells.map(({ outputs }) => outputs.length);
      assertEquals(shown.map((count) => count > 0), [false, true, true, true]);
    });
  },
});

Deno.test({
  name: "on a machine that has only Node, the first command of the README writes what it says",
  ignore: !Deno.env.has("TINYLOOM_FRESH"),
  fn: async () => {
    await inFolder(async (folder) => {
      const copy = `${folder}/tinyloom`;
      await run("git", ["clone", "--quiet", root, copy], folder);
      await Deno.mkdir(`${folder}/home`);
      await Deno.mkdir(`${folder}/bin`);
      for (const name of ["node", "npm", "npx", "sh", "git", "env"]) {
        const { text } = await run("which", [name], folder);
        await Deno.symlink(text.trim(), `${folder}/bin/${name}`);
      }
      const [, ...start] = /^npx (.+ start)/m.exec(blocks("sh")[0])![0].split(" ");
      // How this machine reaches the registry is none of the newcomer's doing.
      const network = Object.entries(Deno.env.toObject())
        .filter(([name]) => /proxy|cert|tls|^npm_config_(registry|cafile)/i.test(name));
      const home = { HOME: `${folder}/home`, PATH: `${folder}/bin`, NO_COLOR: "1" };
      const { code, text } = await run(`${folder}/bin/npx`, start, copy, {
        clearEnv: true,
        env: { ...Object.fromEntries(network), ...home },
      });
      assertEquals(code, 0, text);
      assert((await Deno.stat(`${copy}/out/matmul.html`)).size > 10_000);
    });
  },
});

/** The same program, with less time for measuring. */
function shortened(source: string): string {
  return source
    .replace(
      "await bench({ naive, reordered, tiled, simd })",
      (call) => call.replace(" })", " }, { budgetMs: 1000 })"),
    )
    .replace("benchConv(layer, {", "benchConv(layer, {\n  budgetMs: 1000,");
}

async function run(
  program: string,
  args: readonly string[],
  cwd: string,
  options: Deno.CommandOptions = {},
): Promise<{ readonly code: number; readonly text: string }> {
  const { code, stdout, stderr } = await new Deno.Command(program, {
    args: [...args],
    cwd,
    env: { NO_COLOR: "1" },
    ...options,
  }).output();
  const text = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes)).join("");
  return { code, text };
}
