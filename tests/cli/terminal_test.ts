import { commands } from "../../lib/cli/commands.ts";
import { exitCode, runCli } from "../../lib/cli/run_cli.ts";
import { wrap } from "../../lib/cli/wrap.ts";
import { assert, assertEquals, assertMatch, assertStringIncludes } from "../assert.ts";
import { inFolder } from "./program.ts";

const KWS = "zoo:mlperf-tiny-kws";
const conv = ["conv", "--shape", "1x8x8x8,3x3x8,same", "--budget", "0.2"];

/** A command line of each command that is quick; null of those that print nothing for people. */
const lines: Readonly<Record<string, readonly string[] | null>> = {
  matmul: ["matmul", "--m", "32", "--k", "32", "--n", "32", "--budget", "0.3"],
  conv,
  tune: ["tune", "matmul", "--m", "16", "--k", "16", "--n", "16", "--budget", "0.5"],
  compare: ["compare", "a.arrow", "a.arrow"],
  model: ["model", KWS],
  plan: ["plan", KWS, "--compare", "--frontier", "--device", "nano33ble"],
  devices: ["devices", KWS],
  deploy: ["deploy", KWS, "--device", "nano33ble", "--out", "kws"],
  run: ["run", KWS, "--input", "in.bin"],
  profile: ["profile", KWS, "--budget", "0.1"],
  explain: ["explain", KWS, "1"],
  bench: ["bench", KWS, "--budget", "0.1"],
  ablate: ["ablate", "zoo:mlperf-tiny-ad", "--budget", "0.3"],
  search: null,
  operators: ["operators"],
  allocate: ["allocate", "buffers.csv"],
  kernel: null,
  reproduce: ["reproduce", "a.arrow"],
  init: ["init", "mine"],
  completion: null,
  doctor: ["doctor"],
  worker: null,
};

Deno.test("every command has its line here", () => {
  assertEquals(Object.keys(lines).sort(), Object.keys(commands).sort());
});

Deno.test("what every command prints fits 80 columns, and so does its help", async () => {
  await inFolder(async (folder) => {
    await Deno.writeFile(`${folder}/in.bin`, new Uint8Array(490));
    await Deno.writeTextFile(`${folder}/buffers.csv`, "id,lower,upper,size\na,0,2,3\n");
    await run([...conv, "--out", "a.arrow"], folder);
    for (const [name, args] of Object.entries(lines)) {
      for (const each of [[name, "--help"], ...(args === null ? [] : [args])]) {
        const { code, text } = await run(each, folder);
        // Whether times repeat is no question of this test.
        const isAnswer = name === "reproduce" ? code <= exitCode.negative : code === exitCode.ok;
        assert(isAnswer, `${each.join(" ")}: ${text}`);
        const wide = text.split("\n").filter((line) => line.length > 80 && !isUnbreakable(line));
        assertEquals(wide, [], each.join(" "));
      }
    }
  });
});

Deno.test("--columns chooses columns, --wide shows all of them as wide as they are", async () => {
  const { text } = await run(["model", KWS, "--columns", "index,macs"]);
  assertMatch(text, /^index +MACs\n +0 +320,000\n/);
  const wide = await run(["model", KWS, "--wide"]);
  assertMatch(wide.text, /index .* input shapes .* parameters .* live\n/);
  assert(wide.text.split("\n")[0].length > 80);
  const wrong = await run(["model", KWS, "--columns", "indx"]);
  assertEquals(wrong.code, exitCode.usage);
  assertStringIncludes(wrong.text, 'there is no "indx", did you mean "index"?');
});

Deno.test("a narrow terminal has fewer columns, and is told which are missing", async () => {
  const narrow = await run(["model", KWS], undefined, 50);
  assert(narrow.text.split("\n").every((line) => line.length <= 50), narrow.text);
  assertMatch(narrow.text, /^index +operator +output shape/);
  assertMatch(narrow.text, /Not shown: .*weightsBytes/s);
});

Deno.test("lines break at blanks, under what they belong to", () => {
  assertEquals(wrap("one two three", 8), "one two\n  three");
  assertEquals(wrap("  WAV   sound of one kind", 18), "  WAV   sound of\n        one kind");
  assertEquals(wrap("short\nalso short", 10), "short\nalso short");
  assertEquals(wrap("a-word-that-is-longer", 8), "a-word-that-is-longer");
});

Deno.test("a file that is not there is named, and help is not offered for it", async () => {
  const missing = await run(["plan", "no_such.tflite"], "/tmp");
  assertEquals([missing.code, missing.text], [2, "tinyloom: There is no /tmp/no_such.tflite"]);
  const misspelt = await run(["plan", KWS, "--fusoin", "best"]);
  assertMatch(misspelt.text, /plan has no flag --fusoin, did you mean --fusion\?/);
  assertStringIncludes(misspelt.text, "Try: tinyloom plan --help");
  assertStringIncludes((await run(["plna"])).text, 'no command "plna", did you mean "plan"?');
});

// One word, or what is to be copied as it is.
function isUnbreakable(line: string): boolean {
  return !line.trim().includes(" ") || /^( {2}tinyloom |Permissions: )/.test(line);
}

async function run(args: readonly string[], folder = "/", width = 80) {
  const printed: string[] = [];
  const keep = (text: string) => void printed.push(text);
  const code = await runCli(args, {
    print: keep,
    note: keep,
    progress: () => {},
    width,
    resolve: (path) => path.startsWith("/") ? path : `${folder}/${path}`,
    signal: new AbortController().signal,
    env: () => undefined,
  });
  return { code, text: printed.join("\n") };
}
