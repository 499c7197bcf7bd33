const DIVISOR = 8;

/**
 * Channels of a network whose width is scaled: the multiple of 8 nearest to `channels`, at least 8,
 * and not more than 10 % below it (the rule of MobileNetV2's reference code, tensorflow/models,
 * slim/nets/mobilenet/conv_blocks.py).
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { makeDivisible } from "tinyloom";
 *
 * assert.equal(makeDivisible(32 * 0.35), 16);
 * assert.equal(makeDivisible(160 * 0.35), 56);
 * ```
 *
 * @category Zoo
 */
export function makeDivisible(channels: number): number {
  const nearest = Math.max(DIVISOR, Math.floor((channels + DIVISOR / 2) / DIVISOR) * DIVISOR);
  return nearest < 0.9 * channels ? nearest + DIVISOR : nearest;
}
