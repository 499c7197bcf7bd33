import { crc32 } from "node:zlib";
import { concatBytes } from "./concat_bytes.ts";

/** The parts of a PNG file that say what its pixels are. */
export interface PngChunks {
  readonly header: Uint8Array;
  /** Red, green and blue of every colour; null if there is none. */
  readonly palette: Uint8Array | null;
  /** Alpha of the palette's colours, or the one colour that is transparent; null if none is. */
  readonly transparency: Uint8Array | null;
  /** Compressed rows. */
  readonly data: Uint8Array;
}

const SIGNATURE = "89504e470d0a1a0a";

/** Reads a PNG file's chunks up to IEND and checks what each of them says of itself. */
export function pngChunks(bytes: Uint8Array): PngChunks {
  if (bytes.subarray(0, 8).toHex() !== SIGNATURE) throw new TypeError("no PNG file");
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const found = new Map<string, Uint8Array[]>();
  for (let at = 8; !found.has("IEND");) {
    const size = at + 12 <= bytes.length ? view.getUint32(at) : Infinity;
    if (at + 12 + size > bytes.length) {
      throw new TypeError(`PNG cut off in the chunk at byte ${at}`);
    }
    const type = String.fromCharCode(...bytes.subarray(at + 4, at + 8));
    if (crc32(bytes.subarray(at + 4, at + 8 + size)) !== view.getUint32(at + 8 + size)) {
      throw new TypeError(`PNG damaged: wrong check sum of chunk ${type} at byte ${at}`);
    }
    // A capital first letter marks what a decoder must understand.
    if (/^[A-Z]/.test(type) && !KNOWN.includes(type)) {
      throw new TypeError(`PNG chunk ${type}, which is not known`);
    }
    const data = bytes.subarray(at + 8, at + 8 + size);
    found.set(type, found.get(type) ?? []);
    found.get(type)?.push(data);
    at += 12 + size;
  }
  const one = (type: string) => found.get(type)?.[0] ?? null;
  const header = one("IHDR");
  if (header?.length !== 13) throw new TypeError("PNG without a header of 13 bytes");
  return {
    header,
    palette: one("PLTE"),
    transparency: one("tRNS"),
    data: concatBytes(found.get("IDAT") ?? []),
  };
}

const KNOWN = ["IHDR", "PLTE", "IDAT", "IEND"];
