import { prepareFinish } from "../../lib/engine/kernels/dsp/finish_sums.ts";
import { assertEquals } from "../assert.ts";

/** How the sums of a layer of one channel are finished. */
function finish(start: number, { mayPack = true, shift = -10 } = {}) {
  return prepareFinish({
    factors: [{ multiplier: 2 ** 30, shift }],
    bias: [start],
    products: [1000],
    outputZero: 0,
    range: { min: -128, max: 127 },
    mayPack,
  });
}

Deno.test("a shift is packed with a start of 27 bits, in either direction, and with none of more", () => {
  const most = 2 ** 26 - 1;
  const packed = (start: number, how = {}) => finish(start, how).isPacked;
  assertEquals([-most, 0, most].map((start) => packed(start)), [true, true, true]);
  assertEquals([-most - 1, most + 1].map((start) => packed(start)), [false, false]);
  assertEquals(packed(0, { mayPack: false }), false);
  const { words, startWord, key } = finish(-most);
  assertEquals([words, startWord(0), key], [1, -most * 32 + 22, "signed_packed"]);
  assertEquals([finish(-most - 1).words, finish(-most - 1).startWord(0)], [2, -most - 1]);
});
