import assert from "node:assert/strict";
import { tryMutant } from "./try_mutant.ts";

const source = "export const add = (a: number, b: number) => a + b;\n";
const test = `import { add } from "./add.ts";
Deno.test("adds", () => {
  if (add(1, 2) !== 3) throw new Error("no");
});
`;
const limitMs = 60_000;

Deno.test("a mutant is killed by a test that fails or hangs, and leaves its file as it was", async () => {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(`${folder}/add_test.ts`, test);
    const tried = (mutant: string, limit = limitMs) =>
      tryMutant({ folder }, {
        path: "add.ts",
        source,
        mutant,
        tests: ["add_test.ts"],
        limitMs: limit,
      });
    assert.equal(await tried(source.replace("a + b", "a - b")), "killed");
    assert.equal(await tried(source.replace("a + b", "b + a")), "survived");
    assert.equal(await tried(`for (;;);\n${source}`, 9000), "killed");
    assert.equal(await Deno.readTextFile(`${folder}/add.ts`), source);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
