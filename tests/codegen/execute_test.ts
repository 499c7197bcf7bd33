import {
  compile,
  execute,
  instantiate,
  matmul,
  reorder,
  ScheduleError,
  tile,
  vectorize,
} from "tinyloom";
import { assert, assertEquals, assertGreater, assertThrows } from "../assert.ts";

const nest = matmul({ m: 2, k: 3, n: 4 });
const A = Float32Array.from({ length: 6 }, (_, at) => at);
const B = Float32Array.from({ length: 12 }, (_, at) => at);

Deno.test("execute refuses inputs that are missing, unknown, of the wrong type or length", () => {
  typeError(() => execute(nest, { A }), 'Input "B" of matmul is missing');
  typeError(() => execute(nest, { A, B, C: B }), 'matmul has no input "C", only A, B');
  typeError(
    () => execute(nest, { A, B: B.subarray(1) }),
    'Input "B" of matmul must be f32[12], found f32[11]',
  );
  typeError(
    () => execute(nest, { A: Int8Array.from(A), B }),
    'Input "A" of matmul must be f32[6], found i8[6]',
  );
  typeError(
    () => execute(nest, { A: [1, 2] as unknown as Float32Array, B }),
    'Input "A" of matmul must be f32[6], found a plain array',
  );
  typeError(
    () => execute(nest, { A: null as unknown as Float32Array, B }),
    'Input "A" of matmul must be f32[6], found null',
  );
});

Deno.test("outputs are copies that later runs leave alone", () => {
  const { C } = execute(nest, { A, B });
  execute(nest, { A: A.map((each) => -each), B });
  assertEquals([...C], [20, 23, 26, 29, 56, 68, 80, 92]);
});

Deno.test("an instance adds to its output until it is cleared", () => {
  using instance = instantiate(compile(nest));
  instance.tensors.A.set(A);
  instance.tensors.B.set(B);
  instance.run();
  instance.run();
  assertEquals([...instance.tensors.C], [40, 46, 52, 58, 112, 136, 160, 184]);
});

Deno.test("a warm-up call runs the first elements of the outermost loop", () => {
  using instance = instantiate(compile(nest));
  instance.tensors.A.set(A);
  instance.tensors.B.set(B);
  instance.warm(1);
  assertEquals([...instance.tensors.C], [20, 23, 26, 29, 0, 0, 0, 0]);
});

Deno.test("an edited nest that is not legal is not compiled", () => {
  const loops = tile(nest, { j: 2 }).loops.toReversed();
  assertThrows(() => compile({ ...tile(nest, { j: 2 }), loops }), ScheduleError, "Cannot run");
});

Deno.test("not a number and infinity travel like other floats", () => {
  const inputs = { A: A.with(0, NaN).with(3, Infinity), B: B.with(0, 1) };
  for (const each of [nest, vectorize(reorder(nest, ["i", "k", "j"]), "j")]) {
    const { C } = execute(each, inputs);
    assert([...C.subarray(0, 4)].every(Number.isNaN));
    assert([...C.subarray(4)].every((value) => value === Infinity));
  }
});

Deno.test("sums of int8 products wrap around like int32", () => {
  const large = matmul({ m: 1, k: 140_000, n: 1, dtype: "i8" });
  const inputs = { A: new Int8Array(140_000).fill(-128), B: new Int8Array(140_000).fill(-128) };
  assertGreater(140_000 * 128 * 128, 2 ** 31);
  assertEquals([...execute(large, inputs).C], [(140_000 * 128 * 128) | 0]);
});

function typeError(run: () => unknown, message: string): void {
  assertThrows(run, TypeError, message);
}
