import { applySteps, count, matmul } from "tinyloom";
import { assertEquals } from "../assert.ts";
import { blis } from "../codegen/presets.ts";
import { assertShows } from "./shows.ts";

const plain = matmul({ m: 32, k: 128, n: 96 });
const best = blis(plain, { mc: 16, kc: 64, nc: 48, mr: 2, nr: 8 });

Deno.test("a schedule of ten steps is BLIS's five loops around a register block", () => {
  assertShows(
    best,
    `
for (jc = 0; jc < 96; jc += 48)
  for (pc = 0; pc < 128; pc += 64)
    Bp = copy of B in the order jr, k, j: 6 x 64 x 8
    parallel for (ic = 0; ic < 32; ic += 16)
      Ap = copy of A in the order ir, k, i: 8 x 64 x 2
      for (jr = jc; jr < jc+48; jr += 8)
        for (ir = ic; ir < ic+16; ir += 2)
          c = C[ir:ir+2][jr:jr+8]  // C stays in registers
          for (k = pc; k < pc+64; k++)
            c[ir][jr:jr+4] += Ap[ir][k][ir] * Bp[jr][k][jr:jr+4]
            c[ir][jr+4:jr+8] += Ap[ir][k][ir] * Bp[jr][k][jr+4:jr+8]
            c[ir+1][jr:jr+4] += Ap[ir][k][ir+1] * Bp[jr][k][jr:jr+4]
            c[ir+1][jr+4:jr+8] += Ap[ir][k][ir+1] * Bp[jr][k][jr+4:jr+8]
          C[ir:ir+2][jr:jr+8] = c
`,
  );
});

Deno.test("the schedule is plain data that replays", () => {
  assertEquals(best.steps, [
    { op: "tile", sizes: { j: 48, k: 64, i: 16 }, names: { j: "jc", k: "pc", i: "ic" } },
    { op: "tile", sizes: { j: 8, i: 2 }, names: { j: "jr", i: "ir" } },
    { op: "reorder", order: ["jc", "pc", "ic", "jr", "ir", "k", "i", "j"] },
    { op: "pack", tensor: "B", at: "pc" },
    { op: "pack", tensor: "A", at: "ic" },
    { op: "vectorize", axis: "j" },
    { op: "unroll", axis: "j", factor: "full" },
    { op: "unroll", axis: "i", factor: "full" },
    { op: "accumulate", at: "k" },
    { op: "parallel", axis: "ic" },
  ]);
  assertEquals(applySteps(plain, JSON.parse(JSON.stringify(best.steps))), best);
});

Deno.test("each step of the schedule is a legal nest of its own", () => {
  best.steps.forEach((_, at) => {
    assertEquals(count(applySteps(plain, best.steps.slice(0, at))).macs, 32 * 128 * 96);
  });
});
