import assert from "node:assert/strict";
import { mutated, mutationsOf } from "./mutations.ts";

const changed = (source: string) =>
  mutationsOf(source).map((mutation) => mutated(source, mutation)).sort();

Deno.test("comparisons, signs, conditions, constants and bounds change, one at a time", () => {
  assert.deepEqual(changed("f = a < b;"), [";", "f = a <= b;"]);
  assert.deepEqual(changed("const f = a - 1;"), ["const f = a + 1;", "const f = a - 2;"]);
  assert.deepEqual(changed("const f = a && !b;"), ["const f = a && b;", "const f = a || !b;"]);
  assert.deepEqual(changed("const f = -a;"), ["const f = a;"]);
  assert.deepEqual(changed("const f = Math.min(a, b);"), ["const f = Math.max(a, b);"]);
  assert.deepEqual(changed("if (a) b();"), ["if (!(a)) b();", "if (a) ;"]);
});

Deno.test("words, types and what is thrown stay as they are", () => {
  for (
    const source of [
      'const f = "a" + b;',
      "type A = 1 | 2;",
      "interface A { readonly a: 1 }",
      "const f = `${a + 1}`;",
      "throw new RangeError(a + 1);",
      "const f = a as 1;",
      "const f = { 0: a };",
      'import { a } from "b";',
      "const f = new RangeError(a + 1);",
    ]
  ) assert.deepEqual(changed(source), [], source);
});

Deno.test("a comparison that chooses between its sides gives the same at equality, and stays", () => {
  assert.deepEqual(changed("const f = a < b ? b : a;"), []);
  assert.deepEqual(changed("const f = a < b ? b : c;"), ["const f = a <= b ? b : c;"]);
  assert.deepEqual(changed("if (a < b) b = a;"), ["if (!(a < b)) b = a;", "if (a < b) ;"]);
  assert.ok(changed("if (a < b) b = c;").includes("if (a <= b) b = c;"));
  assert.ok(changed("if (a < b) b = a; else c();").includes("if (a <= b) b = a; else c();"));
  assert.deepEqual(changed("if (a < 0) sum += a;"), [
    "if (!(a < 0)) sum += a;",
    "if (a < 0) ;",
    "if (a < 0) sum -= a;",
    "if (a < 1) sum += a;",
  ]);
  assert.ok(changed("if (a < 0) sum += b;").includes("if (a <= 0) sum += b;"));
  assert.ok(changed("if (a < 1) sum += a;").includes("if (a <= 1) sum += a;"));
});

Deno.test("an order without ties, a moment, a wait and a question to the host stay", () => {
  assert.deepEqual(changed("const f = a < b ? -1 : 1;"), ["const f = a < b ? 1 : 1;"]);
  assert.ok(changed("const f = a < b ? -1 : 2;").includes("const f = a < b ? -1 : 3;"));
  assert.deepEqual(changed("const f = nowMs < nextMs;"), []);
  assert.deepEqual(changed("const f = performance.now() - a > b;"), [
    "const f = performance.now() + a > b;",
  ]);
  assert.deepEqual(changed("const f = budgetMs < 0;"), [
    "const f = budgetMs < 1;",
    "const f = budgetMs <= 0;",
  ]);
  assert.deepEqual(changed("const PATIENCE_MS = 500;"), []);
  assert.deepEqual(changed("const f = { everyMs: 50, many: 50 };"), [
    "const f = { everyMs: 50, many: 51 };",
  ]);
  assert.deepEqual(changed("const f = setTimeout(next, 0);"), []);
  assert.deepEqual(changed("const shareMs = 0.5;"), ["const shareMs = 1.5;"]);
  assert.deepEqual(changed('const f = Deno.build.os === "windows";'), []);
  assert.deepEqual(changed("const f = JSON.stringify(a, null, 2);"), []);
  assert.deepEqual(changed("const f = JSON.parse(a, null, 2);"), [
    "const f = JSON.parse(a, null, 3);",
  ]);
});

Deno.test("how marks of a chart look stays, what they show does not", () => {
  const chart = "const f = { size: 3, dx: -4, angle: 5, x: { value: 6 } };";
  const changes = mutationsOf(chart, { hasLooks: true }).map(({ before }) => before);
  assert.deepEqual(changes, ["5", "6"]);
  assert.deepEqual(mutationsOf(chart).length, 5);
});

Deno.test("a change knows its line and what stood there", () => {
  const [, mutation] = mutationsOf("const a = b;\nconst c = d\n  >= e + 2;");
  const { kind, line, before, after } = mutation;
  assert.deepEqual({ kind, line, before, after }, {
    kind: "sign",
    line: 3,
    before: "+",
    after: "-",
  });
});
