import type { Region, Space } from "./kernel.ts";

/**
 * First byte of a region in a memory that holds the spaces one after the other.
 *
 * @throws {TypeError} the region's space is none of them.
 */
export function regionAddress(
  { space, name, offsetBytes }: Region,
  spaces: Readonly<Partial<Record<Space, number>>>,
): number {
  const first = space === "memory" ? 0 : spaces[space];
  if (first === undefined) throw new TypeError(`region ${name} lies in ${space}, which is nowhere`);
  return first + offsetBytes;
}
