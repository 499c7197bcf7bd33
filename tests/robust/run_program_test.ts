// Programs that are ended leave nothing behind, not even what they started.
import { assert, assertEquals, assertRejects } from "../assert.ts";
import { runProgram } from "../../lib/run_program.ts";

Deno.test("a program's outputs and end are told, and a signal that never fires changes nothing", async () => {
  const { signal } = new AbortController();
  for (const options of [{}, { signal }]) {
    const told = await runProgram("sh", ["-c", "echo out; echo err >&2; exit 3"], options);
    assertEquals(told, { success: false, text: "out\n", errors: "err\n" });
    const { success, text } = await runProgram("pwd", [], { cwd: "/", ...options });
    assertEquals([success, text], [true, "/\n"]);
  }
  await assertRejects(() => runProgram("no-such-program", []), Deno.errors.NotFound);
});

Deno.test("a signal ends a program and what it has started, whose pipes are open", async () => {
  const folder = await Deno.makeTempDir();
  const interrupt = new AbortController();
  // The shell waits for a child of its own, which has its outputs: as a compiler's driver does.
  const script = `sleep 300 & echo $! > ${folder}/child; wait`;
  const running = runProgram("sh", ["-c", script], { signal: interrupt.signal });
  const child = Number(await whenThere(`${folder}/child`));
  assert(isAlive(child));
  interrupt.abort(new DOMException("enough", "AbortError"));
  const error = await assertRejects(() => running, DOMException);
  assertEquals([error.name, error.message], ["AbortError", "enough"]);
  for (let tries = 0; isAlive(child) && tries < 100; tries++) await pause();
  assert(!isAlive(child));
  await Deno.remove(folder, { recursive: true });
});

Deno.test("with a signal that has fired nothing is started", async () => {
  const file = await Deno.makeTempFile();
  const signal = AbortSignal.abort(new DOMException("enough", "AbortError"));
  await assertRejects(() => runProgram("rm", [file], { signal }), DOMException);
  assert((await Deno.stat(file)).isFile);
  await Deno.remove(file);
});

function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 20));
}

/** The text of a file that somebody is about to write. */
async function whenThere(path: string): Promise<string> {
  for (;;) {
    const text = await Deno.readTextFile(path).catch(() => "");
    if (text.endsWith("\n")) return text;
    await pause();
  }
}

/** Whether a process is there; one that has ended and was not waited for is not. */
function isAlive(pid: number): boolean {
  const { stdout } = new Deno.Command("ps", { args: ["-o", "stat=", "-p", `${pid}`] }).outputSync();
  return /^[^Z]/.test(new TextDecoder().decode(stdout).trim());
}
