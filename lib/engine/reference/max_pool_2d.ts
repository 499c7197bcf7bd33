import { clamp, outputRange } from "./clamp.ts";
import { poolWindows } from "./pooling.ts";
import type { Prepare } from "./prepare.ts";

/** Largest element of every window, without padding. */
export const maxPool2d: Prepare<"MAX_POOL_2D"> = (operation) => {
  const { attributes, inputs: [input], outputs: [output] } = operation;
  const range = outputRange(attributes.activation, output);
  return poolWindows(
    { input, output },
    attributes,
    (window) => clamp(window.reduce((most, x) => Math.max(most, x), -Infinity), range),
  );
};
