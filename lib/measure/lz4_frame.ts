const MAGIC = 0x184d2204;
const UNCOMPRESSED = 0x8000_0000;
const LEAST_MATCH = 4;

/** A byte of a block stands for so many at most. */
const MOST_RATIO = 255;

/**
 * What an LZ4 frame holds (`lz4_Frame_format.md` and `lz4_Block_format.md` of the reference
 * implementation). Checksums are not looked at.
 *
 * @throws {RangeError} if it is no such frame, or is damaged.
 */
export function decodeLz4Frame(frame: Uint8Array): Uint8Array<ArrayBuffer> {
  const { blocks, mostBytes } = blocksOf(frame);
  const output = new Uint8Array(blocks.reduce((sum, { bytes, isPlain }) => (
    sum + (isPlain ? bytes.length : Math.min(mostBytes, MOST_RATIO * bytes.length))
  ), 0));
  let length = 0;
  for (const { bytes, isPlain } of blocks) {
    if (isPlain) output.set(bytes, length);
    length = isPlain ? length + bytes.length : decodeBlock(bytes, output, length);
  }
  return output.slice(0, length);
}

interface Block {
  readonly bytes: Uint8Array;
  /** Whether they are not compressed. */
  readonly isPlain: boolean;
}

function blocksOf(
  frame: Uint8Array,
): { readonly blocks: readonly Block[]; readonly mostBytes: number } {
  const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength);
  if (view.getUint32(0, true) !== MAGIC) throw new RangeError("no LZ4 frame");
  const flags = view.getUint8(4);
  const [hasSums, hasSize, hasDictionary] = [flags & 0x10, flags & 0x08, flags & 0x01];
  if (flags >> 6 !== 1 || hasDictionary) throw new RangeError("an LZ4 frame of another version");
  // Codes 4 to 7 are 64 KiB, 256 KiB, 1 MiB and 4 MiB.
  const mostBytes = 4 ** (4 + (view.getUint8(5) >> 4 & 7));
  const blocks: Block[] = [];
  for (let at = hasSize ? 15 : 7;;) {
    const size = view.getUint32(at, true);
    if (size === 0) return { blocks, mostBytes };
    const bytes = frame.subarray(at + 4, at + 4 + (size & ~UNCOMPRESSED));
    blocks.push({ bytes, isPlain: (size & UNCOMPRESSED) !== 0 });
    at += 4 + bytes.length + (hasSums ? 4 : 0);
  }
}

/** Appends a block's bytes from `start` on; returns where they end. */
function decodeBlock(block: Uint8Array, output: Uint8Array, start: number): number {
  let at = 0;
  let end = start;
  // A length of 15 goes on in bytes that are added, as long as they are 255.
  const lengthOf = (nibble: number) => {
    let length = nibble;
    for (let more = nibble === 15; more;) {
      const byte = block[at++] ?? 0;
      length += byte;
      more = byte === 255;
    }
    return length;
  };
  while (at < block.length) {
    const token = block[at++];
    const literals = lengthOf(token >> 4);
    if (at + literals > block.length) throw new RangeError("an LZ4 block that ends too early");
    output.set(block.subarray(at, at + literals), end);
    at += literals;
    end += literals;
    if (at >= block.length) break;
    const distance = block[at] + 256 * block[at + 1];
    at += 2;
    const match = LEAST_MATCH + lengthOf(token & 15);
    if (distance === 0 || distance > end || end + match > output.length) {
      throw new RangeError("an LZ4 block that points outside");
    }
    // Byte by byte: a match may reach into what it writes itself.
    for (let i = 0; i < match; i++, end++) output[end] = output[end - distance];
  }
  return end;
}
