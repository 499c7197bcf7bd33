// What a stranger calls first: the version, a folder of their own, the doctor, completion.
import { importMap } from "../../lib/cli/package_origin.ts";
import { candidates } from "../../lib/cli/commands/completion.ts";
import { hasTool } from "../../lib/deploy/tools.ts";
import settings from "../../deno.json" with { type: "json" };
import { assert, assertEquals, assertMatch, assertStringIncludes } from "../assert.ts";
import { inFolder, tinyloom } from "./program.ts";

Deno.test("--version is the package's, in one line", async () => {
  const { code, stdout } = await tinyloom(["--version"]);
  assertEquals([code, stdout], [0, `tinyloom ${settings.version}\n`]);
});

Deno.test("init makes a folder whose script runs and whose names resolve", async () => {
  await inFolder(async (folder) => {
    const { code, stdout } = await tinyloom(["init", "mine"], folder);
    assertEquals(code, 0);
    assertMatch(
      stdout,
      /wrote mine\/deno\.json[^]*wrote mine\/first\.ts\nwrote mine\/first\.ipynb/,
    );
    const { cells } = JSON.parse(await Deno.readTextFile(`${folder}/mine/first.ipynb`));
    assertEquals(cells.length, 5);
    await Deno.writeTextFile(
      `${folder}/mine/plan.ts`,
      'import { planMemory } from "tinyloom/plan";\nimport { zoo } from "tinyloom";\n' +
        'console.log(planMemory(zoo("mlperf-tiny-kws")).peakBytes);\n',
    );
    const cwd = `${folder}/mine`;
    const run = async (...args: string[]) => {
      const { stdout, stderr } = await new Deno.Command(Deno.execPath(), { args, cwd }).output();
      const [out, errors] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
      return out || errors;
    };
    assertEquals(await run("run", "-A", "plan.ts"), "8063\n");
    assertMatch(await run("run", "-A", "first.ts"), /^ *simd +240x240x240 .* yes$/m);
    assertEquals(await run("task", "tinyloom", "--version"), `tinyloom ${settings.version}\n`);
  });
});

Deno.test("init keeps the settings and files that are there", async () => {
  await inFolder(async (folder) => {
    const old = { imports: { a: "npm:a" }, tasks: { tinyloom: "mine" }, fmt: { lineWidth: 90 } };
    await Deno.writeTextFile(`${folder}/deno.json`, JSON.stringify(old));
    await Deno.writeTextFile(`${folder}/first.ts`, "mine");
    const { stderr } = await tinyloom(["init"], folder);
    assertStringIncludes(stderr, "first.ts is there already");
    assertEquals(await Deno.readTextFile(`${folder}/first.ts`), "mine");
    const { links, imports } = importMap();
    const expected = { ...old, links, imports: { a: "npm:a", ...imports } };
    assertEquals(JSON.parse(await Deno.readTextFile(`${folder}/deno.json`)), expected);
    // Once more changes nothing.
    await tinyloom(["init"], folder);
    assertEquals(JSON.parse(await Deno.readTextFile(`${folder}/deno.json`)), expected);
  });
});

Deno.test("init refuses to rewrite comments, and says what to add", async () => {
  await inFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/deno.json`, "{ /* mine */ }");
    const { code, stderr } = await tinyloom(["init"], folder);
    assertEquals(code, 2);
    assertStringIncludes(stderr, `add to them: ${JSON.stringify(importMap())}`);
    assertEquals(await Deno.readTextFile(`${folder}/deno.json`), "{ /* mine */ }");
    await Deno.rename(`${folder}/deno.json`, `${folder}/deno.jsonc`);
    assertEquals((await tinyloom(["init"], folder)).code, 2);
    assertEquals([...Deno.readDirSync(folder)].map(({ name }) => name), ["deno.jsonc"]);
  });
});

Deno.test("a package of a registry is imported from that registry", () => {
  const jsr = importMap("https://jsr.io/@tinyloom/tinyloom/0.1.0/lib/cli/package_origin.ts");
  assertEquals(jsr, { imports: { tinyloom: "jsr:@tinyloom/tinyloom@^0.1.0" } });
  const npm = importMap("file:///a/node_modules/tinyloom/lib/cli/package_origin.js");
  assertEquals(npm, { imports: { tinyloom: "npm:tinyloom@^0.1.0" } });
  const checkout = importMap("file:///a/tinyloom/lib/cli/package_origin.ts");
  assertEquals(checkout.links, ["/a/tinyloom"]);
});

Deno.test("doctor tells what is there and what it is good for", async () => {
  await inFolder(async (folder) => {
    const { code, stdout } = await tinyloom(["doctor", "--json"], folder);
    assertEquals(code, 0);
    const { version, ok, findings } = JSON.parse(stdout);
    assertEquals([version, ok], [settings.version, true]);
    const found = (what: string) =>
      findings.find((each: { what: string }) => each.what === what)?.found;
    assertStringIncludes(found("runtime"), `Deno/${Deno.version.deno}`);
    assertEquals(found("processors"), String(navigator.hardwareConcurrency));
    assertEquals(found("WebAssembly simd128"), "yes");
    assertEquals(found("qemu-system-arm") !== null, await hasTool("qemu-system-arm"));
  });
});

Deno.test("completion knows commands, flags, choices, devices and networks", async () => {
  const names = async (...words: string[]) => {
    const found = await candidates(words);
    return found === "files" ? found : found.map(({ name }) => name);
  };
  assertEquals(await names("co"), ["conv", "compare", "completion"]);
  assertEquals(await names("--v"), ["--version"]);
  assertEquals(await names("plan", "--fu"), ["--fusion"]);
  assertEquals(await names("plan", "--fusion", "r"), ["rolling"]);
  assertEquals(await names("plan", "--fusion=p"), ["--fusion=patch"]);
  assertEquals(await names("plan", "--device", "nano33i"), ["nano33iot"]);
  assertEquals(await names("plan", "zoo:mlperf-tiny-k"), ["zoo:mlperf-tiny-kws"]);
  assertEquals(await names("plan", "person"), "files");
  assertEquals(await names("matmul", "--out", ""), "files");
  assertEquals(await names("matmul", "--m", ""), []);
  assertEquals(await names("matmull", "--m"), []);
});

Deno.test({
  name: "bash completes with the script that completion prints",
  ignore: !(await hasTool("bash")),
  fn: async () => {
    const { stdout: script } = await tinyloom(["completion", "bash"]);
    const program = new URL("../../lib/cli/main.ts", import.meta.url).pathname;
    const complete = `tinyloom() { "${Deno.execPath()}" run -A "${program}" "$@"; }
      ${script}
      COMP_WORDS=(tinyloom plan --fu); COMP_CWORD=2; COMP_LINE="tinyloom plan --fu"; COMP_POINT=18
      _tinyloom_completion
      echo "\${COMPREPLY[@]}"`;
    const { stdout } = await new Deno.Command("bash", { args: ["-c", complete] }).output();
    assertEquals(new TextDecoder().decode(stdout), "--fusion\n");
    const wrong = await tinyloom(["completion", "tcsh"]);
    assertEquals(wrong.code, 2);
    assert(wrong.stderr.includes('found "tcsh"'));
  },
});
