const START_BYTES = 4096;

/** The bytes at the start of a file, as text of one character a byte. */
interface Start {
  readonly text: string;
  readonly sizeBytes: number;
}

/** What files are that people take for models: how they begin, and what to do about it. */
const KINDS: readonly {
  readonly is: (start: Start) => boolean;
  readonly what: string;
}[] = [
  {
    is: ({ sizeBytes }) => sizeBytes === 0,
    what: "the file is empty: the download or the export did not finish",
  },
  {
    is: ({ text }) => text.startsWith("version https://git-lfs.github.com/spec/"),
    what: "this is a Git LFS pointer, not the model itself: fetch it with `git lfs pull`",
  },
  {
    is: ({ text }) => text.startsWith("\x1f\x8b"),
    what: "this is a gzip archive: unpack it with `gunzip` or `tar xzf`",
  },
  {
    is: ({ text }) => text.startsWith("PK\x03\x04") || text.startsWith("PK\x05\x06"),
    what: "this is a zip archive (a Keras .keras file and a PyTorch .pt file are such archives " +
      "too): unpack the .tflite file, or convert the model to TFLite",
  },
  {
    is: ({ text }) => /^\s*(<!doctype|<html|<head|<\?xml|<!--)/i.test(text),
    what:
      "this is an HTML page, such as a download's error page or a repository's page about the " +
      "file: download the raw file",
  },
  {
    is: ({ text }) => text.startsWith("\x89HDF\r\n\x1a\n"),
    what: "this is an HDF5 file (Keras .h5): convert it with tf.lite.TFLiteConverter",
  },
  {
    is: ({ text }) => /\bTFL3/.test(text.slice(0, 64)),
    what: "a TFLite model begins some bytes later: take away what stands before it",
  },
  {
    is: ({ text }) => text.slice(4, 8).startsWith("TFL"),
    what: "this is a TFLite file of another version of the format: convert the model anew",
  },
  {
    is: isCSource,
    what: "this is C source code with the model as an array of bytes: turn the array back into a " +
      "file (`xxd -r -p` of its hexadecimal numbers), or take the .tflite file it was made from",
  },
  {
    is: isSavedModel,
    what:
      "this is a TensorFlow SavedModel or frozen graph: convert it with tf.lite.TFLiteConverter",
  },
  {
    is: isOnnx,
    what: "this is an ONNX model: convert it to TFLite, with onnx2tf for example",
  },
  {
    is: ({ text }) => /^\s*[{[]/.test(text),
    what: "this is JSON: TensorFlow.js models and flatc's text form have to be converted first",
  },
  {
    is: ({ text, sizeBytes }) => /^[\t\n\r\x20-\x7e]+$/.test(text) && sizeBytes > 0,
    what: "this is a text file",
  },
];

/** What a file is that is no TFLite model, and what to do about it; null if it is not known. */
export function otherKind(bytes: Uint8Array): string | null {
  const text = String.fromCharCode(...bytes.subarray(0, START_BYTES));
  const start = { text, sizeBytes: bytes.length };
  if (start.text.slice(4, 8) === "TFL3") return null;
  return KINDS.find(({ is }) => is(start))?.what ?? null;
}

/** `xxd -i` and its like: an array of bytes behind comments, directives and declarations. */
function isCSource({ text }: Start): boolean {
  if (!/^[\t\n\r\x20-\xff]+$/.test(text)) return false;
  return /\b(unsigned char|uint8_t|const char|alignas|int8_t)\b/.test(text) ||
    /^\s*(#include|#ifndef|#pragma|\/\*|\/\/)/.test(text) ||
    /^\s*(0x[0-9a-f]{2}\s*,\s*){4}/i.test(text);
}

// Protocol buffers begin with the key of their first field: number * 8 + 2 for text and messages.

/** ModelProto: ir_version (field 1, a number), then as a rule the producer's name (field 2). */
function isOnnx({ text }: Start): boolean {
  if (!text.startsWith("\x08") || !isWithin(text, 1, [1, 20])) return false;
  return text.includes("onnx") || isWithin(text, 3, [1, 127]) && "\x12\x1a\x22:B".includes(text[2]);
}

/** SavedModel: schema version 1, meta graphs (field 2); GraphDef: nodes (field 1) with names. */
function isSavedModel({ text }: Start): boolean {
  if (text.startsWith("\x08\x01\x12") && isWithin(text, 3, [128, 255])) return true;
  return text.startsWith("\n") && /(Placeholder|Const|MatMul|Conv2D)/.test(text);
}

function isWithin(text: string, at: number, [least, most]: readonly [number, number]): boolean {
  const code = text.charCodeAt(at);
  return code >= least && code <= most;
}
