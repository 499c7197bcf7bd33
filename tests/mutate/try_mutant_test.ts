import assert from "node:assert/strict";
import { tryMutant } from "./try_mutant.ts";

const source = "export const add = (a: number, b: number) => a + b;\n";
const files = {
  "add.ts": source,
  "add_test.ts": `import { add } from "./add.ts";
Deno.test("adds", () => {
  if (add(1, 2) !== 3) throw new Error("no");
});
`,
  "broken_test.ts": `import { add } from "./add.ts";
Deno.test("is wrong in any case", () => {
  if (add(1, 2) !== 4) throw new Error("no");
});
`,
  "slow_test.ts": `import { add } from "./add.ts";
Deno.test("waits", () => new Promise((resolve) => setTimeout(resolve, add(1500, 0))));
`,
};

Deno.test("a mutant is killed by a test that fails or hangs, and leaves its file as it was", async () => {
  const folder = await Deno.makeTempDir();
  const plain = new Map();
  try {
    for (const [name, text] of Object.entries(files)) {
      await Deno.writeTextFile(`${folder}/${name}`, text);
    }
    const tried = (mutant: string, tests: readonly string[], limitMs = 60_000) =>
      tryMutant({ folder }, { path: "add.ts", source, mutant, tests, limitMs, plain });
    const [minus, swapped] = [source.replace("a + b", "a - b"), source.replace("a + b", "b + a")];
    assert.deepEqual(await tried(minus, ["add_test.ts"]), { outcome: "killed", ran: 1 });
    assert.deepEqual(await tried(swapped, ["add_test.ts"]), { outcome: "survived", ran: 1 });
    // What fails without the mutant kills nothing.
    const both = ["broken_test.ts", "add_test.ts"];
    assert.equal((await tried(swapped, both)).outcome, "survived");
    assert.equal((await tried(minus, both)).outcome, "killed");
    // Nor does what is slow by itself, where a test that is fast and hangs does.
    assert.equal((await tried(`for (;;);\n${source}`, ["add_test.ts"], 6000)).outcome, "killed");
    const late = source.replace("a + b", "3 * a");
    assert.equal((await tried(late, ["slow_test.ts"], 4000)).outcome, "survived");
    assert.equal(await Deno.readTextFile(`${folder}/add.ts`), source);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
