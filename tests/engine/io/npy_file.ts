/** A `.npy` file with any header, for what `writeNpy` never writes. */
export function npyFile(
  header: string,
  data: Uint8Array,
  { version = 1 }: { version?: number } = {},
): Uint8Array {
  const length = header.length;
  const size = version === 1
    ? [length & 255, length >> 8]
    : [length & 255, length >> 8 & 255, length >> 16, 0];
  const text = Uint8Array.from(header, (character) => character.charCodeAt(0));
  return Uint8Array.from([
    0x93,
    ...new TextEncoder().encode("NUMPY"),
    version,
    0,
    ...size,
    ...text,
    ...data,
  ]);
}

/** The header that NumPy writes. */
export function npyHeader(descr: string, shape: string, fortran = "False"): string {
  return `{'descr': '${descr}', 'fortran_order': ${fortran}, 'shape': ${shape}, }\n`;
}
