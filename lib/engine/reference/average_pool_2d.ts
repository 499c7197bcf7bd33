import { clamp, outputRange } from "./clamp.ts";
import { poolWindows } from "./pooling.ts";
import type { Prepare } from "./prepare.ts";

/** Mean of every window, without padding; integers: halves away from zero. */
export const averagePool2d: Prepare<"AVERAGE_POOL_2D"> = (operation) => {
  const { attributes, inputs: [input], outputs: [output] } = operation;
  const range = outputRange(attributes.activation, output);
  return poolWindows({ input, output }, attributes, (window) => {
    const count = window.length;
    if (input.dtype === "float32") {
      const sum = window.reduce((total, x) => Math.fround(total + x), 0);
      return clamp(Math.fround(sum / count), range);
    }
    const sum = window.reduce((total, x) => total + x, 0);
    const half = Math.floor(count / 2);
    return clamp(Math.trunc((sum > 0 ? sum + half : sum - half) / count), range);
  });
};
