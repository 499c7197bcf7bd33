import assert from "node:assert/strict";
import {
  coveringOf,
  coveringTests,
  enclosingFunction,
  functionsThatRan,
} from "./covering_tests.ts";

const script = (url: string, counts: Readonly<Record<string, number>>) => ({
  url,
  functions: Object.entries(counts).map(([functionName, count]) => (
    { functionName, ranges: [{ count }, { count: 7 }] }
  )),
});

Deno.test("functions of the library that ran are found by their names", () => {
  const ran = functionsThatRan([
    script("file:///a/lib/plan/peak.ts", { "": 1, peak: 2, least: 0 }),
    script("file:///a/tests/x_test.ts", { x: 1 }),
    script("file:///b/lib/plan/peak.ts", { other: 1 }),
  ], "file:///a/");
  assert.deepEqual([...ran], [["lib/plan/peak.ts", new Set(["peak"])]]);
});

Deno.test("each function has the tests that run it, of however many", () => {
  const tests = Array.from({ length: 21 }, (_, i) => `tests/${String(i).padStart(2, "0")}_test.ts`);
  const covering = coveringOf(
    new Map(
      tests.toReversed().map((test, i) => [
        test,
        new Map([["lib/a.ts", new Set(i % 2 === 0 ? ["even", "all"] : ["all"])]]),
      ]),
    ),
  );
  const of = (path: string, name: string) => [...coveringTests(covering, { path, name })];
  assert.deepEqual(of("lib/a.ts", "all"), tests);
  assert.deepEqual(of("lib/a.ts", "even"), tests.filter((_, i) => i % 2 === 0));
  assert.deepEqual([of("lib/a.ts", "none"), of("lib/b.ts", "all"), of("lib/a.ts", "toString")], [
    [],
    [],
    [],
  ]);
  assert.equal(covering.sets.length, 2);
});

Deno.test("a place belongs to the innermost function with a name around it", () => {
  const source = `const top = 1;
function outer() {
  const inner = () => [2].map((x) => x + 3);
  return { made: () => 4, shown() { return 5; } };
}
class Box {
  constructor() { this.a = 6; }
  get size() { return 7; }
}
`;
  const names = [1, 2, 3, 4, 5, 6, 7].map((n) =>
    enclosingFunction(source, source.search(new RegExp(`\\b${n}\\b`)))
  );
  assert.deepEqual(names, ["", "inner", "inner", "made", "shown", "Box", "get size"]);
});
