import { assertEquals } from "./assert.ts";

// The folder of the script has no deno.json, so what the library imports must not need one.
Deno.test("a script in another folder imports the library by its path", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const whole = new URL("../mod.ts", import.meta.url).href;
    const plan = new URL("../lib/plan/mod.ts", import.meta.url).href;
    await Deno.writeTextFile(
      `${folder}/script.ts`,
      `import { createEngine, planTable, run, runReference, tableToCsv, writeModel, zoo } from "${whole}";
import { planMemory } from "${plan}";
const model = zoo("mlperf-tiny-kws");
const plan = planMemory(model);
using engine = createEngine(model, { plan });
const input = new Int8Array(490).fill(17);
const same = String(run(engine, [input])) === String(runReference(model, [input]).outputs);
const table = tableToCsv(planTable(plan));
console.log(plan.peakBytes, same, table.startsWith("id"), writeModel(model).length > plan.flashBytes / 2);
`,
    );
    const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "--no-lock", "--quiet", "script.ts"],
      cwd: folder,
      env: { NO_COLOR: "1" },
    }).output();
    const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
    assertEquals(text(stderr), "");
    assertEquals(text(stdout), "8063 true true true\n");
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
