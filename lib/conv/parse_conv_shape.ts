import type { ConvShape } from "./conv_shape.ts";

const form = /^1x(\d+)x(\d+)x(\d+),(\d+)x(\d+)x(\d+)((?:,[a-z]\w*)*)$/;

/**
 * Reads a layer as {@link convShapeText} writes it: `1x28x28x64,3x3x64`, then `s2` for a stride,
 * `same` or `valid`, and `dw` for a depthwise layer, in any order.
 *
 * @throws {RangeError} the text is no such shape; whether the sizes fit each other is not checked.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { parseConvShape } from "tinyloom";
 *
 * const shape = parseConvShape("1x28x28x64,3x3x64,s2,same");
 * assert.equal(shape.stride, 2);
 * assert.equal(shape.padding, "same");
 * ```
 *
 * @category Convolution
 */
export function parseConvShape(text: string): ConvShape {
  const match = form.exec(text);
  if (!match) {
    throw new RangeError(
      `A layer is written as 1x28x28x64,3x3x64[,s2][,same|valid][,dw], found "${text}"`,
    );
  }
  const [height, width, inChannels, rows, columns, outChannels] = match.slice(1, 7).map(Number);
  let [stride, padding, depthwise]: [number, "valid" | "same", boolean] = [1, "valid", false];
  for (const word of match[7].split(",").slice(1)) {
    if (/^s[1-9]\d*$/.test(word)) stride = Number(word.slice(1));
    else if (word === "same" || word === "valid") padding = word;
    else if (word === "dw") depthwise = true;
    else {throw new RangeError(
        `A layer may have s2, same, valid or dw, found "${word}" in "${text}"`,
      );}
  }
  return {
    height,
    width,
    inChannels,
    outChannels,
    kernel: [rows, columns],
    stride,
    padding,
    depthwise,
  };
}
