/**
 * The whole gate: format, lint, types, documentation, tests, notebooks. Every step runs, whatever
 * failed before it; the last line counts tests and steps.
 *
 * Run: deno task ok
 */
import settings from "../deno.json" with { type: "json" };

interface Step {
  readonly name: string;
  readonly args: readonly string[];
}

const sources = ["mod.ts", "lib", "examples", "tests"];
const doors = Object.values(settings.exports);

const steps: readonly Step[] = [
  { name: "format", args: ["fmt", "--check"] },
  { name: "lint", args: ["lint"] },
  { name: "types", args: ["check", ...sources] },
  { name: "documentation", args: ["doc", "--lint", ...doors] },
  { name: "tests", args: ["task", "test"] },
  { name: "notebooks", args: ["task", "notebooks", "--quick"] },
];

let passed = 0;
let failed = 0;
for (const step of steps) {
  console.log(`\n== ${step.name}: deno ${step.args.join(" ")}`);
  const { ok, text } = await run(step);
  const counts = /(\d+) passed(?: \([^)]*\))? \| (\d+) failed/.exec(text) ??
    /(\d+) notebooks executed, (\d+) failed/.exec(text);
  passed += counts ? Number(counts[1]) : Number(ok);
  failed += counts ? Math.max(Number(counts[2]), Number(!ok)) : Number(!ok);
  console.log(`== ${step.name}: ${ok ? "ok" : "FAILED"}`);
}
console.log(`\n${passed} passed, ${failed} failed`);
Deno.exit(failed > 0 ? 1 : 0);

async function run({ args }: Step): Promise<{ readonly ok: boolean; readonly text: string }> {
  const child = new Deno.Command(Deno.execPath(), {
    args: [...args],
    cwd: new URL("..", import.meta.url),
    env: { NO_COLOR: "1" },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const [text] = await Promise.all([
    forward(child.stdout, Deno.stdout),
    forward(child.stderr, Deno.stderr),
  ]);
  return { ok: (await child.status).success, text };
}

// Shows the output as it comes, and keeps it.
async function forward(
  stream: ReadableStream<Uint8Array<ArrayBuffer>>,
  to: { readonly writable: WritableStream<Uint8Array<ArrayBuffer>> },
): Promise<string> {
  const [shown, kept] = stream.tee();
  const text = new Response(kept).text();
  await shown.pipeTo(to.writable, { preventClose: true });
  return await text;
}
