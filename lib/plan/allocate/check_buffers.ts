import type { Buffer } from "./buffer.ts";
import { overlapping } from "./overlapping.ts";

/**
 * Refuses lists of buffers that make no sense.
 *
 * @throws {TypeError} if a field has the wrong type.
 * @throws {RangeError} if a number is out of range, an id occurs twice, or two fixed places collide.
 */
export function checkBuffers(buffers: readonly Buffer[], alignmentBytes: number): void {
  if (!Array.isArray(buffers)) {
    throw new TypeError(`buffers is ${typeof buffers}, must be an array of buffers`);
  }
  checkInteger("alignmentBytes", alignmentBytes, 1);
  const seen = new Set<string>();
  let totalBytes = 0;
  for (const [index, buffer] of buffers.entries()) {
    if (typeof buffer !== "object" || buffer === null || typeof buffer.id !== "string") {
      throw new TypeError(`buffers[${index}] has no id: a string is needed`);
    }
    if (seen.has(buffer.id)) {
      throw new RangeError(`buffers[${index}]: id "${buffer.id}" occurs twice; ids must differ`);
    }
    seen.add(buffer.id);
    const at = `buffer "${buffer.id}"`;
    checkInteger(`${at}: from`, buffer.from, 0);
    checkInteger(`${at}: until`, buffer.until, 0);
    if (buffer.until <= buffer.from) {
      throw new RangeError(
        `${at}: lifetime [${buffer.from}, ${buffer.until}) is empty; until must be larger than from`,
      );
    }
    checkInteger(`${at}: sizeBytes`, buffer.sizeBytes, 1);
    const ownAlignment = buffer.alignmentBytes ?? alignmentBytes;
    checkInteger(`${at}: alignmentBytes`, ownAlignment, 1);
    if (buffer.offsetBytes !== undefined) {
      checkInteger(`${at}: offsetBytes`, buffer.offsetBytes, 0);
      if (buffer.offsetBytes % ownAlignment !== 0) {
        throw new RangeError(
          `${at}: fixed offset ${buffer.offsetBytes} is no multiple of the alignment ${ownAlignment}`,
        );
      }
    }
    totalBytes += buffer.sizeBytes + ownAlignment + (buffer.offsetBytes ?? 0);
  }
  if (!Number.isSafeInteger(totalBytes)) {
    throw new RangeError(
      `the sizes add up to ${totalBytes} bytes, must stay within ${Number.MAX_SAFE_INTEGER}`,
    );
  }
  const collision = overlapping(
    buffers.filter((b) => b.offsetBytes !== undefined) as Required<Buffer>[],
  );
  if (collision) {
    const [a, b] = collision;
    throw new RangeError(
      `buffers "${a.id}" and "${b.id}" are fixed at offsets ${a.offsetBytes} and ${b.offsetBytes}, ` +
        `where they share bytes while both are alive`,
    );
  }
}

/** Refuses anything but an integer of at least `least`. */
export function checkInteger(name: string, value: unknown, least: number): void {
  if (typeof value !== "number") {
    throw new TypeError(`${name} is ${value === null ? "null" : typeof value}, must be a number`);
  }
  if (!Number.isSafeInteger(value) || value < least) {
    throw new RangeError(`${name} is ${value}, must be an integer of at least ${least}`);
  }
}
