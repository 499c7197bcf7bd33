import {
  applySteps,
  count,
  execute,
  interpret,
  matmul,
  type Nest,
  pack,
  pseudocode,
  reorder,
  ScheduleError,
  stage,
  tile,
  unroll,
  vectorize,
} from "tinyloom";
import { assertEquals, assertThrows } from "../assert.ts";
import { convTile, dotTile } from "../codegen/conv_tile.ts";
import { randomInputs } from "../codegen/random_data.ts";
import { assertShows } from "./shows.ts";

const sizes = { rows: 1, row: 15, pixels: 2, outs: 4, stride: 3 };
const pairs = { group: 2, round: 8 } as const;

Deno.test("stage loads eight int8 at once and takes pairs from the register", () => {
  assertShows(
    dotTile(convTile(sizes), { ...pairs, staged: true }),
    `
Wp = copy of W in the order kh, kr, kg, o, k: 1 x 2 x 4 x 4 x 2, as i16
c = 0  // O stays in registers
for (kr = 0; kr < 15; kr += 8)  // the last block has 7
  Xr = X[0][kr:kr+11]  // X in registers
  c[0][0:4] += Xr[0][kr:kr+2] * Wp[0][kr][kr][0:4][kr:kr+2]
  c[1][0:4] += Xr[0][kr+3:kr+5] * Wp[0][kr][kr][0:4][kr:kr+2]
  c[0][0:4] += Xr[0][kr+2:kr+4] * Wp[0][kr][kr+2][0:4][kr+2:kr+4]
  c[1][0:4] += Xr[0][kr+5:kr+7] * Wp[0][kr][kr+2][0:4][kr+2:kr+4]
  c[0][0:4] += Xr[0][kr+4:kr+6] * Wp[0][kr][kr+4][0:4][kr+4:kr+6]
  c[1][0:4] += Xr[0][kr+7:kr+9] * Wp[0][kr][kr+4][0:4][kr+4:kr+6]
  c[0][0:4] += Xr[0][kr+6:kr+8] * Wp[0][kr][kr+6][0:4][kr+6:kr+8]
  c[1][0:4] += Xr[0][kr+9:kr+11] * Wp[0][kr][kr+6][0:4][kr+6:kr+8]
O[0:2][0:4] = c
`,
  );
});

Deno.test("a register is loaded in one piece, the last one in powers of two", () => {
  const loads = (row: number, staged: boolean) =>
    count(dotTile(convTile({ ...sizes, row }), { ...pairs, staged })).loads;
  // Pairs: 8 for each of 2 pixels; registers: 8, then 4 + 2 + 1.
  assertEquals(loads(15, false) - loads(15, true), 2 * (8 - (1 + 3)));
  assertEquals(loads(16, false) - loads(16, true), 2 * (8 - 2));
});

Deno.test("four floats are loaded at once and taken one by one", () => {
  const tiled = tile(matmul({ m: 3, k: 7, n: 9 }), { k: 4 });
  const inner = unroll(unroll(reorder(tiled, ["i", "tk", "k", "j"]), "k", "full"), "j", "full");
  const nest = stage(vectorize(inner, "j"), "A", { at: "tk" });
  const [first] = pseudocode(nest).split("\n").filter((line) => line.includes("Ar"));
  assertEquals(first.trim(), "Ar = A[i][tk:tk+4]  // A in registers");
  const inputs = randomInputs(nest, 1);
  assertEquals([...execute(nest, inputs).C], [...interpret(nest, inputs).C]);
});

Deno.test("stage is a step that replays", () => {
  const plain = convTile(sizes);
  const staged = dotTile(plain, { ...pairs, staged: true });
  assertEquals(staged.steps.at(-1), { op: "stage", tensor: "X", at: "kr" });
  assertEquals(applySteps(plain, JSON.parse(JSON.stringify(staged.steps))), staged);
});

Deno.test("stage refuses what no register can hold", () => {
  const ready = dotTile(convTile(sizes), pairs);
  refused(() => stage(ready, "Z", { at: "kr" }), 'Cannot stage "Z": the inputs are X, W');
  refused(() => stage(ready, "X", { at: "z" }), 'Cannot stage at "z": convTile has the loops');
  const cannot = 'Cannot stage "X" at ';
  refused(
    () => stage(stage(ready, "X", { at: "kr" }), "X", { at: "kr" }),
    'Cannot stage "X": it is staged already',
  );
  refused(
    () => stage(convTile(sizes), "X", { at: "k" }),
    `${cannot}"k": no axis is vectorized, whose lanes would share an element`,
  );
  refused(() => stage(ready, "X", { at: "p" }), `${cannot}"p": its loop is no reduction`);
  refused(
    () => stage(ready, "X", { at: "kh" }),
    `${cannot}"kh": its elements along kh are not side by side`,
  );
  refused(
    () => stage(ready, "X", { at: "kg" }),
    `${cannot}"kg": one iteration covers 2 of its elements; tile it by 8 or 4`,
  );
  refused(
    () => stage(ready, "W", { at: "kr" }),
    'Cannot stage "W" at "kr": "o" loads vectors of it already',
  );
  refused(
    () =>
      stage(dotTile(convTile(sizes, { unsigned: true }), { group: 4, round: 8 }), "X", {
        at: "kr",
      }),
    `${cannot}"kr": only pairs of i8 or i16 that a dot loop multiplies, and f32, are taken from a ` +
      "register",
  );
});

Deno.test("stage refuses loops inside it that are left, and vectors", () => {
  const tiled = tile(matmul({ m: 3, k: 8, n: 8 }), { k: 4 });
  const inner = (nest: Nest) => vectorize(reorder(nest, ["i", "tk", "k", "j"]), "j");
  refused(
    () => stage(inner(tiled), "A", { at: "tk" }),
    'Cannot stage "A" at "tk": "k" inside it leaves a loop, and a register has no address; unroll ' +
      "it fully",
  );
  refused(
    () => stage(unroll(inner(tiled), "k", "full"), "A", { at: "tk" }),
    '"j" inside it leaves a loop',
  );
  refused(
    () => stage(inner(tiled), "B", { at: "tk" }),
    'Cannot stage "B" at "tk": "j" loads vectors of it already',
  );
  refused(
    () => pack(dotTile(convTile(sizes), { ...pairs, staged: true }), "X"),
    'Cannot stage "X" at "kr": of packed tensors, only f32 can be staged',
  );
});

Deno.test("neighbours of a packed copy are those of its innermost loop, at most seven", () => {
  const packed = (rows: number, order: readonly string[]) => {
    const tiled = tile(matmul({ m: 20, k: 8, n: 8 }), { i: rows, k: 4 });
    const ordered = unroll(reorder(tiled, order), "i", "full");
    return vectorize(pack(unroll(ordered, "j", "full"), "A", { at: "tk" }), "j");
  };
  const rowsInside = ["tk", "ti", "k", "i", "j"];
  const inputs = randomInputs(packed(7, rowsInside), 2);
  const staged = stage(packed(7, rowsInside), "A", { at: "k" });
  assertEquals([...execute(staged, inputs).C], [...interpret(staged, inputs).C]);
  // Of A, seven rows take 4 + 2 + 1, the last six 4 + 2.
  const used = (20 - (3 + 3 + 2)) * 8;
  assertEquals(count(packed(7, rowsInside)).loads - count(staged).loads, used);
  refused(
    () => stage(packed(8, rowsInside), "A", { at: "k" }),
    "the loop inside it walks 8 elements of the copy, at most 7 are loaded",
  );
  refused(
    () => stage(unroll(packed(4, ["ti", "tk", "i", "k", "j"]), "k", "full"), "A", { at: "tk" }),
    'it is packed, and 2 loops inside "tk" walk the copy; needed is one',
  );
});

function refused(run: () => unknown, message: string): void {
  assertThrows(run, ScheduleError, message);
}
