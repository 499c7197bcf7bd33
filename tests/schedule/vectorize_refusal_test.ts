import { matmul, vectorize } from "tinyloom";
import { assertStringIncludes, assertThrows } from "../assert.ts";

Deno.test("vectorizing along strided input rows is refused with the advice to pack it", () => {
  const act = () => vectorize(matmul({ m: 8, k: 8, n: 1 }), "i");
  const { message } = assertThrows(act, Error);
  assertStringIncludes(message, 'pack "A"');
});
