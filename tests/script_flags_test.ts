import { assertEquals } from "./assert.ts";
import { headOf } from "./script_flags.ts";

const fuzz = new URL("fuzz/fuzz.ts", import.meta.url);

/** What a script says to these arguments. */
async function said(script: URL, ...args: string[]): Promise<readonly [number, string]> {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", script.pathname, ...args],
  }).output();
  return [code, new TextDecoder().decode(code === 0 ? stdout : stderr)];
}

Deno.test("a script tells what stands at its head, and starts nothing that it does not know", async () => {
  const head = headOf(await Deno.readTextFile(fuzz));
  assertEquals(
    head.split("\n")[0],
    "Random and damaged things through everything that takes them, under a watchdog:",
  );
  assertEquals(head.split("\n")[2].slice(0, 10), "- `models`");
  assertEquals(await said(fuzz, "--help"), [0, `${head}\n`]);
  assertEquals(
    await said(fuzz, "inputs", "--count", "many"),
    [2, "--count is many, needed a number from 0 up\n--help says what there is\n"],
  );
  const [code, text] = await said(fuzz, "inputs", "--cuont", "3");
  assertEquals([code, text.slice(0, 24)], [2, "Unknown option '--cuont'"]);
  const mutate = new URL("mutate/mutate.ts", import.meta.url);
  assertEquals(
    await said(mutate, "plan", "7"),
    [2, '"7" is one operand more than the 1 there are\n--help says what there is\n'],
  );
});

Deno.test("what has no comment at its head has none to tell", () => {
  assertEquals(headOf("const a = 1;\n/** a */\n"), "");
  assertEquals(headOf("/**\n * One\n *\n * - two\n */\nlet a;"), "One\n\n- two");
});
