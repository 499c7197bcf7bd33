/** How an input file is read. */
export type FileFormat = "npy" | "npz" | "image" | "wav" | "csv" | "raw";

const START_BYTES = 4096;

/** Names that tell the format of a file whose bytes do not: what is wrong is said for that format. */
const EXTENSIONS: Readonly<Record<string, FileFormat>> = {
  npy: "npy",
  npz: "npz",
  png: "image",
  jpg: "image",
  jpeg: "image",
  jpe: "image",
  jfif: "image",
  gif: "image",
  bmp: "image",
  webp: "image",
  wav: "wav",
  csv: "csv",
};

/**
 * The format of a file by its first bytes. Files of elements have no mark, so a file that begins like
 * no other is one of those; its name counts where the bytes say nothing.
 */
export function formatOf(
  { name, bytes }: { readonly name: string; readonly bytes: Uint8Array },
): FileFormat {
  const start = textAt(bytes, 0, 12);
  if (start.startsWith("\x93NUMPY")) return "npy";
  if (start.startsWith("PK\x03\x04")) return "npz";
  if (imageKind(bytes) !== null) return "image";
  if (start.startsWith("RIFF") && start.endsWith("WAVE")) return "wav";
  const extension = /\.(\w+)$/.exec(name)?.[1].toLowerCase() ?? "";
  const named = Object.hasOwn(EXTENSIONS, extension) ? EXTENSIONS[extension] : "raw";
  return named === "raw" && isNumbers(bytes) ? "csv" : named;
}

/** Images that are known by their first bytes. */
export type ImageKind = "PNG" | "JPEG" | "GIF" | "BMP" | "WebP" | "TIFF" | "HEIC or AVIF";

/** Which image a file begins like; null: none. */
export function imageKind(bytes: Uint8Array): ImageKind | null {
  const start = textAt(bytes, 0, 16);
  if (start.startsWith("\x89PNG\r\n\x1a\n")) return "PNG";
  if (/^\xff\xd8\xff[\xc0-\xfe]/.test(start)) return "JPEG";
  if (/^GIF8[79]a/.test(start)) return "GIF";
  if (/^RIFF....WEBP/s.test(start)) return "WebP";
  if (/^(II\x2a\0|MM\0\x2a)/.test(start)) return "TIFF";
  if (/^....ftyp(hei|avi|mif)/s.test(start)) return "HEIC or AVIF";
  return isBitmap(bytes) ? "BMP" : null;
}

/** Two letters are little: the file's size stands behind them, and where pixels begin. */
function isBitmap(bytes: Uint8Array): boolean {
  if (bytes.length < 26 || bytes[0] !== 0x42 || bytes[1] !== 0x4d) return false;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const [size, reserved, pixelsAt] = [2, 6, 10].map((at) => view.getUint32(at, true));
  return (size === bytes.length || size === 0) && reserved === 0 && pixelsAt <= bytes.length;
}

/** Several numbers as text, and nothing else. */
function isNumbers(bytes: Uint8Array): boolean {
  const text = textAt(bytes, 0, START_BYTES);
  return /^[-+.,;\s\deE]+$/.test(text) && /\d[,;\s]+[-+.\d]/.test(text);
}

function textAt(bytes: Uint8Array, at: number, count: number): string {
  return String.fromCharCode(...bytes.subarray(at, at + count));
}
