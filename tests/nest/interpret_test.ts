import { conv2d, interpret, matmul } from "tinyloom";
import { assertEquals } from "../assert.ts";
import { maxPool } from "../codegen/random_nest.ts";

Deno.test("a product by hand", () => {
  const { C } = interpret(matmul({ m: 2, k: 2, n: 2 }), {
    A: Float32Array.of(1, 2, 3, 4),
    B: Float32Array.of(5, 6, 7, 8),
  });
  assertEquals([...C], [19, 22, 43, 50]);
});

Deno.test("a padded convolution by hand", () => {
  const nest = conv2d({
    height: 2,
    width: 2,
    inChannels: 1,
    outChannels: 1,
    kernel: [3, 3],
    padding: "same",
  });
  const { O } = interpret(nest, {
    I: Float32Array.of(1, 2, 3, 4),
    W: Float32Array.of(1, 2, 3, 4, 5, 6, 7, 8, 9),
  });
  // O[0][0] = 5*1 + 6*2 + 8*3 + 9*4; the other corners likewise.
  assertEquals([...O], [77, 67, 47, 37]);
});

Deno.test("a maximum starts from nothing, and reads its own value outside", () => {
  const { O } = interpret(maxPool({ rows: 1, width: 3, channels: 1, dtype: "f32" }), {
    I: Float32Array.of(-7, -9, -8),
  });
  assertEquals([...O], [-7, -5]);
});
