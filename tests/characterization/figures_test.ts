import { assertEquals, assertMatch } from "../assert.ts";
import { differences } from "./figures.ts";

const before = { none: { peakBytes: 100, outputs: "0f", wasmBytes: 1000 } };
const now = (changed: object) => ({ none: { ...before.none, ...changed } });

Deno.test("a smaller arena and a module that is a little larger are no difference", () => {
  assertEquals(differences(now({ peakBytes: 99, wasmBytes: 1100 }), before), []);
  assertEquals(differences(now({ wasmBytes: 10 }), before), []);
});

Deno.test("a larger arena, other outputs and a module a tenth larger are differences", () => {
  const found = differences(now({ peakBytes: 101, outputs: "0e", wasmBytes: 1101 }), before);
  assertEquals(found.length, 3);
  assertMatch(found[0], /^none: the arena has 101 bytes, 100 are recorded; .*record\.ts$/);
  assertMatch(found[1], /^none: the outputs are 0e, 0f is recorded/);
  assertMatch(found[2], /^none: the module has 1101 bytes, 1000 are recorded/);
});

Deno.test("what is not recorded, or not there any more, is a difference", () => {
  assertMatch(differences(before, undefined)[0], /^nothing is recorded/);
  assertMatch(differences({}, before)[0], /^"none" is recorded, but not there/);
  assertMatch(differences({ ...before, best: before.none }, before)[0], /^"best" is not recorded/);
});
