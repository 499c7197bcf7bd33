import fc from "fast-check";
import {
  accumulate,
  conv2d,
  matmul,
  type Nest,
  pack,
  pseudocode,
  reorder,
  ScheduleError,
  tile,
  toJavaScript,
  vectorize,
} from "tinyloom";
import { assert, assertEquals, assertStringIncludes, assertThrows } from "../assert.ts";
import { maxPool } from "./random_nest.ts";
import { randomChoices, schedule } from "./random_schedule.ts";

const size = fc.integer({ min: 1, max: 14 });

Deno.test("the printed loops of tiled nests visit each point once", () => {
  let tiled = 0;
  fc.assert(
    fc.property(size, size, size, randomChoices, (m, k, n, choices) => {
      // Only reorder and tile: their text, without more, is JavaScript.
      const steps = choices.map((choice) => ({ ...choice, verb: choice.verb % 4 }));
      const { nest } = schedule(matmul({ m, k, n }), steps);
      if (nest.loops.length > 4) tiled++;
      assertEquals(pointsOf(nest), m * k * n, pseudocode(nest));
    }),
    { seed: 40, numRuns: 300 },
  );
  assert(tiled > 100);
});

Deno.test("an axis called c leaves the registers another name", () => {
  const nest = conv2d({ height: 3, width: 3, inChannels: 2, outChannels: 2, kernel: [2, 2] });
  assertStringIncludes(pseudocode(accumulate(nest, "ky")), "acc = O[y][x][o]");
});

Deno.test("partial maxima of a vectorized reduction", () => {
  const nest = maxPool({ rows: 2, width: 5, channels: 4, dtype: "f32" });
  assertEquals(
    "\n" + pseudocode(vectorize(accumulate(pack(nest, "I"), "kx"), "kx", { reduction: true })),
    `
// I reads as -5 outside its 2 x 5 x 4 elements
Ip = copy of I in the order y, x, c, kx: 2 x 3 x 4 x 3
for (y = 0; y < 2; y++)
  for (x = 0; x < 3; x++)
    for (c = 0; c < 4; c++)
      acc = least  // 4 partial maxima for each element of O[y][x][c], in registers
      acc[y][x][c] = max(acc[y][x][c], Ip[y][x][c][0:3])
      O[y][x][c] = max(O[y][x][c], acc)
`,
  );
});

Deno.test("what is not legal is not printed", () => {
  const nest = tile(matmul({ m: 4, k: 4, n: 4 }), { j: 2 });
  const wrong = { ...nest, loops: nest.loops.toReversed() };
  assertThrows(() => pseudocode(wrong), ScheduleError, 'Cannot run "tj" inside "j"');
  assertThrows(() => toJavaScript(wrong), ScheduleError, 'Cannot run "tj" inside "j"');
  assertEquals(pseudocode(reorder(nest, [])), pseudocode(nest));
});

// Runs the text with the statement replaced by a count of the points seen.
function pointsOf(nest: Nest): number {
  const lines = pseudocode(nest).trimEnd().split("\n");
  const statement = lines.pop()!;
  const indices = [...statement.matchAll(/\[([^\]]+)\]/g)].map(([, index]) => index);
  const names = nest.loops.map(({ name }) => name).join(", ");
  const text = [
    `let ${names};`,
    ...lines.map((line) => line.replaceAll("min(", "Math.min(")),
    `seen.push([${indices.join(", ")}].join());`,
  ];
  const seen: string[] = [];
  new Function("seen", text.join("\n"))(seen);
  assertEquals(new Set(seen).size, seen.length);
  return seen.length;
}
