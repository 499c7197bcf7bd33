/** Sound of one channel. */
export interface Sound {
  /** Samples a second. */
  readonly sampleRate: number;
  /** Channels in the file; several are averaged. */
  readonly channels: number;
  /** Numbers from -1 to 1. */
  readonly samples: Float32Array;
}

const PCM = 1;
const FLOAT = 3;
const EXTENSIBLE = 0xfffe;

/**
 * Reads a WAV file: PCM of 8, 16, 24 or 32 bits, or float32. Source: Microsoft and IBM, Multimedia
 * Programming Interface and Data Specifications 1.0.
 */
export function readWav(bytes: Uint8Array): Sound {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const { format, data } = chunksOf(bytes, view);
  const tag = view.getUint16(format, true);
  const kind = tag === EXTENSIBLE ? view.getUint16(format + 24, true) : tag;
  const [channels, sampleRate] = [
    view.getUint16(format + 2, true),
    view.getUint32(format + 4, true),
  ];
  const bits = view.getUint16(format + 14, true);
  const sample = sampleReader(view, { kind, bits });
  if (sample === null || channels === 0) {
    throw new TypeError(
      `WAV of format ${kind}, ${bits} bits, ${channels} channels; needed PCM of 8, 16, 24 or 32 bits ` +
        "or float32",
    );
  }
  const frameBytes = channels * bits / 8;
  const samples = Float32Array.from({ length: Math.floor(data.size / frameBytes) }, (_, i) => {
    let sum = 0;
    for (let c = 0; c < channels; c++) sum += sample(data.at + i * frameBytes + c * bits / 8);
    return sum / channels;
  });
  return { sampleRate, channels, samples };
}

function chunksOf(bytes: Uint8Array, view: DataView) {
  let format: number | null = null;
  for (let at = 12; at + 8 <= bytes.length;) {
    const name = String.fromCharCode(...bytes.subarray(at, at + 4));
    const size = view.getUint32(at + 4, true);
    if (name === "fmt ") {
      if (size < 16 || at + 8 + size > bytes.length) break;
      format = at + 8;
    }
    if (name === "data" && format !== null) {
      // A file that was written to a pipe does not know its size.
      return { format, data: { at: at + 8, size: Math.min(size, bytes.length - at - 8) } };
    }
    at += 8 + size + size % 2;
  }
  throw new TypeError(
    `WAV without ${format === null ? "a format" : "samples"}: it is cut off, or damaged`,
  );
}

function sampleReader(
  view: DataView,
  { kind, bits }: { readonly kind: number; readonly bits: number },
): ((at: number) => number) | null {
  if (kind === FLOAT) return bits === 32 ? (at) => view.getFloat32(at, true) : null;
  if (kind !== PCM) return null;
  switch (bits) {
    case 8:
      return (at) => (view.getUint8(at) - 128) / 2 ** 7;
    case 16:
      return (at) => view.getInt16(at, true) / 2 ** 15;
    case 24:
      return (at) => (view.getUint16(at, true) | view.getInt8(at + 2) << 16) / 2 ** 23;
    case 32:
      return (at) => view.getInt32(at, true) / 2 ** 31;
    default:
      return null;
  }
}
