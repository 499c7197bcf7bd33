import { environment, wasmFeatures } from "tinyloom";
import project from "../../deno.json" with { type: "json" };
import { timerStepNs } from "../../lib/measure/environment.ts";
import { assert, assertEquals, assertGreater } from "../assert.ts";

Deno.test("environment names versions as the import map pins them", () => {
  const { versions } = environment({ gitCommit: null });
  assertEquals(versions["@tinyloom/tinyloom"], project.version);
  assertEquals(`npm:vega@${versions.vega}`, project.imports.vega);
  assertEquals(Object.keys(versions)[0], project.name);
});

Deno.test("environment records the commit it is given, and null for a folder without one", async () => {
  assertEquals(environment({ gitCommit: "abc", gitDirty: true }).gitCommit, "abc");
  assertEquals(environment({ gitCommit: "abc", gitDirty: true }).gitDirty, true);
  const folder = await Deno.makeTempDir();
  try {
    assertEquals(environment({ folder }).gitCommit, null);
    assertEquals(environment({ folder: `${folder}/missing` }).gitDirty, null);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("environment knows nothing it may not, and does not ask", async () => {
  const program = `import { environment } from "${import.meta.resolve("../../mod.ts")}";
    console.log(JSON.stringify(environment()));`;
  const file = await Deno.makeTempFile({ suffix: ".ts" });
  try {
    await Deno.writeTextFile(file, program);
    const config = new URL("../../deno.json", import.meta.url).pathname;
    const { stdout, stderr, success } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "--no-prompt", "--no-check", "--config", config, file],
    }).output();
    assert(success, new TextDecoder().decode(stderr));
    const record = JSON.parse(new TextDecoder().decode(stdout));
    for (const unknown of ["cpuModel", "load", "v8Flags", "gitCommit", "gitDirty"]) {
      assertEquals(record[unknown], null, unknown);
    }
    assertEquals(record.deno, Deno.version.deno);
    assertEquals(record.runtime, navigator.userAgent);
    assertEquals(record.cores, navigator.hardwareConcurrency);
  } finally {
    await Deno.remove(file);
  }
});

Deno.test("wasmFeatures holds what every kernel here builds on", () => {
  const features = wasmFeatures();
  for (const needed of ["simd128", "relaxed-simd", "threads", "bulk-memory"]) {
    assert(features.includes(needed), needed);
  }
});

Deno.test("timerStepNs is the smallest step of the clock, null for one that stands", () => {
  let reading = 0;
  assertEquals(timerStepNs(() => Math.floor(reading++ / 10) * 0.0001), 100);
  assertEquals(timerStepNs(() => 5), null);
  assertGreater(timerStepNs()!, 0);
});
