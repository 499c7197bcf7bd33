import { assertEquals } from "../../assert.ts";
import { compareOutputs } from "./compare_outputs.ts";

const isSame = (before: number[], now: number[], options = {}) =>
  compareOutputs([Float32Array.from(before)], [Float32Array.from(now)], options).verified;

Deno.test("outputs are the same bit for bit, NaN and the sign of zero included", () => {
  assertEquals(isSame([1, NaN, -0], [1, NaN, -0]), true);
  assertEquals(isSame([1], [1 + 2 ** -23]), false);
  assertEquals(isSame([0], [-0]), false);
  assertEquals(isSame([0], [NaN]), false);
});

Deno.test("with rounding float32 may be off by 1e-5 of the largest", () => {
  assertEquals(isSame([100, 1], [100, 1.0009], { rounding: true }), true);
  assertEquals(isSame([100, 1], [100, 1.0011], { rounding: true }), false);
  assertEquals(isSame([100, 1], [100, NaN], { rounding: true }), false);
});

Deno.test("integers are never rounded", () => {
  const [before, now] = [Int8Array.of(100), Int8Array.of(101)];
  assertEquals(compareOutputs([before], [now], { rounding: true }).maxError, 1);
  assertEquals(compareOutputs([before], [now], { rounding: true }).verified, false);
});

Deno.test("outputs of another type or number are not the same", () => {
  const bytes = Int8Array.of(1);
  assertEquals(compareOutputs([bytes], [Uint8Array.of(1)]).verified, false);
  assertEquals(compareOutputs([bytes], []).verified, false);
  assertEquals(compareOutputs([bytes], [bytes, bytes]).verified, false);
  assertEquals(compareOutputs([bytes], [Int8Array.of(1, 2)]).verified, false);
});
