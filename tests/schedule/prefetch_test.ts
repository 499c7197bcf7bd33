import {
  accumulate,
  applySteps,
  compile,
  count,
  matmul,
  type Nest,
  pack,
  prefetch,
  pseudocode,
  reorder,
  ScheduleError,
  tile,
  toC,
  toJavaScript,
  unroll,
  vectorize,
} from "tinyloom";
import { assertEquals, assertNotEquals, assertThrows } from "../assert.ts";
import { assertShows } from "./shows.ts";

/** Blocks of 2 x 32 sums that stay in registers, over panels of B. */
function blocked({ m = 4, k = 6, n = 96 } = {}): Nest {
  const tiled = tile(matmul({ m, k, n }), { j: 32, i: 2 }, { names: { j: "jr", i: "ir" } });
  const ordered = reorder(tiled, ["ir", "jr", "k", "i", "j"]);
  const lanes = vectorize(ordered, "j", { lanes: 16 });
  return pack(accumulate(unroll(unroll(lanes, "i", "full"), "j", "full"), "k"), "B");
}

const asked = (nest: Nest) =>
  [
    ...toC(nest).matchAll(
      / prefetch\(\(uintptr_t\)(\w+) \+ sizeof\(float\) \* \(size_t\)\((.*)\), (\d)\);/g,
    ),
  ]
    .map(([, buffer, at, written]) => `${buffer} ${at} ${written}`);

Deno.test("the next block of C and later rows of a panel of B are asked for", () => {
  const nest = prefetch(prefetch(blocked(), "C", { at: "jr" }), "B", { at: "k", ahead: 3 });
  assertShows(
    nest,
    `
Bp = copy of B in the order jr, k, j: 3 x 6 x 32
for (ir = 0; ir < 4; ir += 2)
  for (jr = 0; jr < 96; jr += 32)
    prefetch C[ir:ir+2][jr+32:jr+64]
    c = C[ir:ir+2][jr:jr+32]  // C stays in registers
    for (k = 0; k < 6; k++)
      prefetch B[k+3][jr:jr+32], from Bp
      c[ir][jr:jr+16] += A[ir][k] * Bp[jr][k][jr:jr+16]
      c[ir][jr+16:jr+32] += A[ir][k] * Bp[jr][k][jr+16:jr+32]
      c[ir+1][jr:jr+16] += A[ir+1][k] * Bp[jr][k][jr:jr+16]
      c[ir+1][jr+16:jr+32] += A[ir+1][k] * Bp[jr][k][jr+16:jr+32]
    C[ir:ir+2][jr:jr+32] = c
`,
  );
  // Two rows of two lines of 16 float32, 32 columns on, to be written; two lines three rows on.
  assertEquals(asked(nest), [
    "C 96 * ir + jr + 32 1",
    "C 96 * ir + jr + 48 1",
    "C 96 * ir + jr + 128 1",
    "C 96 * ir + jr + 144 1",
    "Bp 6 * jr + 32 * k + 96 0",
    "Bp 6 * jr + 32 * k + 112 0",
  ]);
});

Deno.test("counts, WebAssembly and JavaScript stay as they are", () => {
  const before = accumulate(
    reorder(tile(matmul({ m: 5, k: 6, n: 70 }), { j: 8 }), [
      ...["i", "tj", "j", "k"],
    ]),
    "k",
  );
  const after = prefetch(before, "B", { at: "k", ahead: 2 });
  assertEquals(count(after), count(before));
  assertEquals(compile(after).wasm, compile(before).wasm);
  assertEquals(toJavaScript(after), toJavaScript(before));
  assertNotEquals(toC(after), toC(before));
});

Deno.test("the step is JSON: it replays, and one iteration ahead is not said", () => {
  const nest = prefetch(prefetch(blocked(), "C", { at: "jr", ahead: 1 }), "B", {
    at: "k",
    ahead: 3,
  });
  assertEquals(nest.steps.slice(-2), [
    { op: "prefetch", tensor: "C", at: "jr" },
    { op: "prefetch", tensor: "B", at: "k", ahead: 3 },
  ]);
  const steps = JSON.parse(JSON.stringify(nest.steps));
  assertEquals(applySteps(matmul({ m: 4, k: 6, n: 96 }), steps), nest);
  assertThrows(
    () => applySteps(blocked(), [{ op: "prefetch", tensor: "C", at: "jr", ahead: "2" } as never]),
    TypeError,
    "$[0].ahead",
  );
});

Deno.test("what comes later may still change the loops that are asked for", () => {
  const plain = prefetch(reorder(matmul({ m: 4, k: 8, n: 64 }), ["i", "k", "j"]), "B", { at: "k" });
  assertEquals(asked(plain).length, 4);
  const tiled = reorder(tile(plain, { j: 16 }), ["i", "tj", "k", "j"]);
  assertEquals(asked(tiled), ["B tj + 64 * k + 64 0"]);
});

Deno.test("what cannot be asked for, or would be of no use, is refused", () => {
  const cannot = (tensor: string, at: string) => `Cannot prefetch "${tensor}" at "${at}": `;
  const nest = blocked();
  refused(() => prefetch(nest, "D", { at: "k" }), 'Cannot prefetch "D": the tensors are A, B, C');
  refused(() => prefetch(nest, "B", { at: "l" }), 'Cannot prefetch at "l"');
  refused(
    () => prefetch(nest, "B", { at: "ir" }),
    `${cannot("B", "ir")}all iterations use the same elements; take another loop`,
  );
  refused(
    () => prefetch(nest, "A", { at: "i" }),
    `${cannot("A", "i")}the loop is no loop any more; take one further out`,
  );
  refused(() => prefetch(nest, "C", { at: "k" }), `${cannot("C", "k")}it stays in registers there`);
  refused(
    () => prefetch(matmul({ m: 4, k: 65, n: 64 }), "B", { at: "i" }),
    `${cannot("B", "i")}all iterations use the same elements; take another loop`,
  );
  refused(
    () => prefetch(matmul({ m: 4, k: 65, n: 64 }), "B", { at: "j" }),
    `${cannot("B", "j")}one iteration uses 65 lines, at most 64 lines are asked for; take a loop ` +
      "further in",
  );
  assertEquals(asked(prefetch(matmul({ m: 4, k: 64, n: 64 }), "B", { at: "j" })).length, 64);
  refused(
    () => prefetch(reorder(matmul({ m: 2 ** 17, k: 2, n: 2 }), ["k", "i", "j"]), "A", { at: "k" }),
    `${cannot("A", "k")}one iteration uses 131072 elements, at most 64 lines are asked for`,
  );
  const once = prefetch(nest, "C", { at: "jr" });
  refused(() => prefetch(once, "C", { at: "ir" }), 'Cannot prefetch "C": it is prefetched already');
  for (const ahead of [0, 1.5]) {
    assertThrows(
      () => prefetch(nest, "C", { at: "jr", ahead }),
      RangeError,
      `ahead is ${ahead}, needed a whole number of at least 1`,
    );
  }
  // Legal by itself, not after what follows.
  refused(
    () => unroll(prefetch(matmul({ m: 4, k: 8, n: 16 }), "A", { at: "k" }), "k", "full"),
    `${cannot("A", "k")}the loop is no loop any more`,
  );
});

Deno.test("without the step no line is printed, and no function is there for it", () => {
  assertEquals(pseudocode(blocked()).includes("prefetch"), false);
  assertEquals(toC(blocked()).includes("prefetch"), false);
});

function refused(run: () => unknown, message: string): void {
  assertThrows(run, ScheduleError, message);
}
