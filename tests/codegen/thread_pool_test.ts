import {
  compile,
  createPool,
  execute,
  instantiate,
  matmul,
  parallel,
  type ThreadPool,
  tile,
  wat,
} from "tinyloom";
import startWabt from "wabt";
import { assertEquals, assertThrows } from "../assert.ts";
import { blis } from "./presets.ts";
import { randomInputs } from "./random_data.ts";

const nest = parallel(matmul({ m: 9, k: 5, n: 7 }), "i");
const inputs = randomInputs(nest, 3, "fraction");
const expected = execute(nest, inputs).C;

Deno.test("one pool runs many kernels", () => {
  using pool = createPool(2);
  for (let size = 1; size <= 40; size++) {
    const square = parallel(matmul({ m: size, k: 3, n: 4 }), "i");
    const data = randomInputs(square, size, "fraction");
    assertEquals(execute(square, data, { pool }).C, execute(square, data).C);
  }
});

Deno.test("one kernel runs many times, adding to its output", () => {
  using pool = createPool(2);
  using instance = instantiate(compile(nest, { threads: 2 }), { pool });
  instance.tensors.A.fill(1);
  instance.tensors.B.fill(1);
  for (let run = 0; run < 500; run++) instance.run();
  assertEquals(instance.tensors.C, new Float32Array(9 * 7).fill(5 * 500));
});

Deno.test("kernels take turns on a pool", () => {
  using pool = createPool(2);
  using one = instantiate(compile(nest, { threads: 2 }), { pool });
  using two = instantiate(
    compile(parallel(tile(matmul({ m: 9, k: 5, n: 7 }), { j: 2 }), "tj"), {
      threads: 2,
    }),
    { pool },
  );
  for (const { tensors } of [one, two]) {
    tensors.A.set(inputs.A);
    tensors.B.set(inputs.B);
  }
  for (let run = 0; run < 20; run++) {
    for (const { tensors, run: start } of [one, two]) {
      tensors.C.fill(0);
      start();
      assertEquals(tensors.C.slice(), expected);
    }
  }
});

Deno.test("results are the same on 1 to 4 threads, also with more threads than iterations", () => {
  const few = parallel(matmul({ m: 3, k: 5, n: 7 }), "i");
  const packed = blis(matmul({ m: 37, k: 41, n: 29 }), { mc: 8, kc: 16, nc: 16, mr: 2, nr: 8 });
  for (const each of [nest, few, packed]) {
    const data = randomInputs(each, 8, "fraction");
    const alone = execute(each, data).C;
    for (const threads of [1, 2, 3, 4]) {
      using pool = createPool(threads);
      assertEquals(execute(each, data, { pool }).C, alone, `${threads} threads`);
    }
  }
});

Deno.test("a nest without a parallel loop leaves the pool alone", () => {
  using pool = createPool(2);
  const serial = matmul({ m: 9, k: 5, n: 7 });
  assertEquals(compile(serial, { threads: 2 }).threads, 1);
  assertEquals(execute(serial, inputs, { pool }).C, expected);
});

Deno.test("a closed pool says so, and closing twice is no mistake", () => {
  const pool = createPool(2);
  pool[Symbol.dispose]();
  pool[Symbol.dispose]();
  assertThrows(
    () => execute(nest, inputs, { pool }),
    TypeError,
    "The thread pool is closed; create another",
  );
});

Deno.test("an instance that outlives its pool is released quietly", () => {
  const pool = createPool(2);
  const instance = instantiate(compile(nest, { threads: 2 }), { pool });
  pool[Symbol.dispose]();
  assertThrows(() => instance.run(), TypeError, "closed");
  instance[Symbol.dispose]();
});

Deno.test("a pool of the wrong size, or none, is refused", () => {
  const kernel = compile(nest, { threads: 2 });
  assertThrows(
    () => instantiate(kernel),
    TypeError,
    "The kernel was compiled for 2 threads, but no pool is given: pass { pool: createPool(n) }",
  );
  using pool = createPool(3);
  assertThrows(() => instantiate(kernel, { pool }), TypeError, "but the pool has 3");
});

Deno.test("numbers of threads that make no sense are refused", () => {
  for (const threads of [0, -1, 1.5, NaN, 65, "2" as unknown as number]) {
    const message = `threads must be an integer from 1 to 64, found ${threads}`;
    assertThrows(() => createPool(threads), RangeError, message);
    assertThrows(() => compile(nest, { threads }), RangeError, message);
  }
});

Deno.test("an instance that was released refuses to run", () => {
  using pool: ThreadPool = createPool(2);
  const instance = instantiate(compile(nest, { threads: 2 }), { pool });
  instance[Symbol.dispose]();
  assertThrows(() => instance.run(), TypeError, "released");
  instance[Symbol.dispose]();
  assertEquals(execute(nest, inputs, { pool }).C, expected);
});

/**
 * A kernel of whose threads one traps, all the others waiting for it: as `compile` has it, but for
 * these statements behind a first meeting.
 */
async function trapping(thread: number, threads: number) {
  const wabt = await startWabt();
  const packed = blis(matmul({ m: 37, k: 41, n: 29 }), { mc: 8, kc: 16, nc: 16, mr: 2, nr: 8 });
  const text = await wat(packed, { threads });
  // The second of these is behind the first meeting.
  const abandoned = /i32\.const 8\s+i32\.atomic\.load\s+if .*\s+unreachable\s+end/g;
  abandoned.exec(text);
  const { index, 0: { length } } = abandoned.exec(text)!;
  const own = ` local.get 0 i32.const ${thread} i32.eq if unreachable end `;
  const module = wabt.parseWat(
    "trapping.wat",
    text.slice(0, index + length) + own + text.slice(index + length),
    { threads: true, simd: true },
  );
  const { buffer } = module.toBinary({});
  const kernel = compile(packed, { threads });
  return { ...kernel, wasm: Uint8Array.from(buffer) };
}

for (const [threads, thread] of [[2, 0], [2, 1], [3, 2]]) {
  Deno.test(`a trap in thread ${thread} of ${threads} is an error, and the pool survives it`, async () => {
    using pool = createPool(threads);
    using good = instantiate(compile(nest, { threads }), { pool });
    using bad = instantiate(await trapping(thread, threads), { pool });
    for (let round = 0; round < 3; round++) {
      assertThrows(
        () => bad.run(),
        Error,
        thread === 0
          ? "unreachable"
          : `A kernel failed in thread ${thread} of the pool: unreachable`,
      );
      good.tensors.A.set(inputs.A);
      good.tensors.B.set(inputs.B);
      good.tensors.C.fill(0);
      good.run();
      assertEquals(good.tensors.C.slice(), expected);
    }
  });
}

Deno.test("a module without what threads run is refused, and the pool survives it", () => {
  using pool = createPool(2);
  // It exports no `run`.
  const module = new WebAssembly.Module(Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0));
  const memory = new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true });
  const kernel = pool.load(module, memory);
  assertThrows(
    () => pool.run(kernel, 1, () => {}),
    Error,
    "A kernel failed in thread 1 of the pool",
  );
  assertEquals(execute(nest, inputs, { pool }).C, expected);
});
