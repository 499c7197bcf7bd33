/** Whether a number is an immediate operand of Thumb: a byte shifted or repeated. */
export function isImmediate(value: number): boolean {
  const bits = value >>> 0;
  if (bits < 256) return true;
  const low = bits & 0xff;
  const repeated = [low | low << 16, low << 8 | low << 24, low * 0x01010101];
  const middle = bits >>> 8 & 0xff;
  if (repeated.some((each) => each >>> 0 === bits) || (middle << 8 | middle << 24) >>> 0 === bits) {
    return true;
  }
  const shift = 24 - Math.clz32(bits);
  return shift > 0 && (bits & (2 ** shift - 1)) === 0;
}

/** Whether a number fits in the 16 bits of `MOVW`. */
export function isNarrow(value: number): boolean {
  return value >>> 0 < 65536;
}
