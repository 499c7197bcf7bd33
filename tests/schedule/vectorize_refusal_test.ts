import { matmul, vectorize } from "tinyloom";
import { assert, assertStringIncludes, assertThrows } from "../assert.ts";

const nest = matmul({ m: 8, k: 8, n: 8 });

Deno.test("vectorizing rows is refused without the advice to pack the output", () => {
  const { message } = assertThrows(() => vectorize(nest, "i"), Error, "8 elements apart");
  assert(!message.includes("pack"), message);
});

Deno.test("vectorizing along strided input rows is refused with the advice to pack it", () => {
  const act = () => vectorize(matmul({ m: 8, k: 8, n: 1 }), "i");
  const { message } = assertThrows(act, Error);
  assertStringIncludes(message, 'pack "A"');
});
