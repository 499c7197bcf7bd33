import assert from "node:assert/strict";
import { knownFiles, nearestTests } from "./nearest_tests.ts";

const texts: readonly (readonly [string, string])[] = [
  ["mod.ts", 'export * from "./lib/plan/mod.ts";\nexport * from "./lib/nest/mod.ts";'],
  ["lib/plan/mod.ts", 'export { peak } from "./peak.ts";'],
  ["lib/plan/peak.ts", 'import { least } from "./least.ts";\nexport function peak() {}'],
  ["lib/plan/least.ts", "export function least() {}"],
  ["lib/nest/mod.ts", 'export { nest } from "./nest.ts";'],
  ["lib/nest/nest.ts", "export const nest = 1;"],
  ["tests/plan/other_test.ts", 'import { other } from "tinyloom";'],
  ["tests/plan/peak_test.ts", 'import { peak } from "tinyloom";'],
  ["tests/plan/bounds_test.ts", 'import { least } from "../../lib/plan/least.ts";'],
  ["tests/nest/nest_test.ts", 'import { nest } from "../../lib/nest/mod.ts";'],
  ["tests/cli/run_test.ts", 'const script = new URL("../../lib/plan/peak.ts", import.meta.url);'],
];
const doors = { tinyloom: "mod.ts" };
const files = knownFiles(new Map(texts), doors);

Deno.test("tests that say a file's names come first, then those of its importers and its room", () => {
  const [first, second] = nearestTests(files, "lib/plan/least.ts");
  assert.deepEqual([first, second], ["tests/plan/bounds_test.ts", "tests/plan/peak_test.ts"]);
  assert.equal(nearestTests(files, "lib/plan/peak.ts")[0], "tests/plan/peak_test.ts");
});

Deno.test("a name that a test has for itself says nothing", () => {
  const own = new Map(
    [...texts, [
      "tests/nest/a_test.ts",
      'import { nest } from "../../lib/nest/mod.ts";\nimport "tinyloom";\nfunction least() {}',
    ]] as const,
  );
  const [first] = nearestTests(knownFiles(own, doors), "lib/plan/least.ts");
  assert.equal(first, "tests/plan/bounds_test.ts");
});

Deno.test("what the changed code calls points to those that say it, and slow tests wait", () => {
  const more = knownFiles(
    new Map([...texts, ["tests/nest/z_test.ts", 'import "tinyloom";\n"checkOptions";']]),
    doors,
  );
  const place = (code: string) =>
    nearestTests(more, "lib/plan/least.ts", { code }).indexOf("tests/nest/z_test.ts");
  assert.ok(place('checkOptions("least", options)') < place('other("least", options)'));
  const [fast] = nearestTests(files, "lib/plan/least.ts", {
    secondsOf: (test) => test === "tests/plan/bounds_test.ts" ? 500 : 0,
  });
  assert.equal(fast, "tests/plan/peak_test.ts");
});

Deno.test("a folder of which a file is loaded by name is loaded, and what a path from the root names", () => {
  const program = knownFiles(
    new Map([
      ["lib/cli/main.ts", "await import(`./commands${file}`);"],
      ["lib/cli/commands/plan.ts", ""],
      ["tests/cli/program.ts", 'new URL("lib/cli/main.ts", root);'],
      ["tests/cli/plan_test.ts", 'import "./program.ts";'],
    ]),
    {},
  );
  assert.deepEqual(nearestTests(program, "lib/cli/commands/plan.ts"), ["tests/cli/plan_test.ts"]);
});

Deno.test("tests that do not load a file are no tests of it", () => {
  assert.ok(!nearestTests(files, "lib/plan/peak.ts").includes("tests/nest/nest_test.ts"));
  assert.ok(nearestTests(files, "lib/nest/nest.ts").includes("tests/nest/nest_test.ts"));
});

Deno.test("a script that a test names by its address is loaded by it", () => {
  assert.ok(nearestTests(files, "lib/plan/least.ts").includes("tests/cli/run_test.ts"));
  assert.ok(!nearestTests(files, "lib/nest/nest.ts").includes("tests/cli/run_test.ts"));
});

Deno.test("behind the nearest come the tests of what was recorded of the room, the quick ones first", () => {
  const net = "tests/characterization/exact_models_test.ts";
  const other = "tests/characterization/exact_plans_test.ts";
  const rest = ["a", "b", "c", "d"].map((name) => `tests/plan/${name}_test.ts`);
  const more = knownFiles(
    new Map([
      ...texts,
      ...[net, other, ...rest].map((name) => [name, 'import "tinyloom";'] as const),
    ]),
    doors,
  );
  for (const [slow, quick] of [[net, other], [other, net]]) {
    const secondsOf = (test: string) => test === slow ? 9 : 1;
    const [first, ...behind] = nearestTests(more, "lib/plan/least.ts", { secondsOf });
    assert.equal(first, "tests/plan/bounds_test.ts");
    assert.deepEqual(behind.slice(0, 2), [quick, slow]);
  }
  assert.equal(nearestTests(more, "lib/nest/nest.ts").indexOf(net), 1);
});

Deno.test("tests of this folder only name files", () => {
  const named = 'const a = "lib/plan/peak.ts"; import "tinyloom";';
  const more = knownFiles(new Map([...texts, ["tests/mutate/a_test.ts", named]]), doors);
  assert.ok(!nearestTests(more, "lib/plan/peak.ts").includes("tests/mutate/a_test.ts"));
});
