import assert from "node:assert/strict";
import { allSites, drawSites } from "./sites.ts";

const texts = new Map([
  ["lib/small/a.ts", "a(); b(); c();"],
  ["lib/large/a.ts", "d();\n".repeat(50)],
  ["lib/npm/a.ts", "e();"],
  ["lib/small/registry.ts", "f();"],
  ["tests/small/a_test.ts", "g();"],
]);
const sites = allSites(texts);

Deno.test("what can be changed lies in the rooms of the library", () => {
  assert.deepEqual(
    new Set(sites.map(({ path }) => path)),
    new Set(["lib/large/a.ts", "lib/small/a.ts"]),
  );
  assert.equal(allSites(texts, "small").length, 3);
  const { path, code, mutant, mutation: { line } } = allSites(texts, "large")[7];
  assert.deepEqual({ path, code, mutant, line }, {
    path: "lib/large/a.ts",
    code: "d();",
    mutant: ";",
    line: 8,
  });
});

Deno.test("each room gives its least, the rest comes from all, and a seed draws the same again", () => {
  const draw = (seed: number, count: number) => drawSites(sites, { count, least: 2, seed });
  const drawn = draw(1, 10);
  assert.equal(new Set(drawn).size, 10);
  assert.ok(drawn.filter(({ room }) => room === "small").length >= 2);
  assert.deepEqual(draw(1, 10), drawn);
  assert.notDeepEqual(draw(2, 10), drawn);
  assert.equal(draw(1, 1).length, 4);
  assert.equal(draw(1, 1000).length, 53);
});
