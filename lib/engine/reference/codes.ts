import { type Dtype, dtypeBits } from "../../model/dtype.ts";
import { elements } from "../../model/shape.ts";
import type { Tensor } from "../../model/tensor.ts";
import { EngineError } from "../engine_error.ts";

/** How a compressed constant is read. */
export type Code = LookUp | Pruned | Huffman;

/** An index into a table of values for every element, with a table for every channel. */
export interface LookUp extends CodeBytes {
  readonly kind: "look-up";
  readonly indexBits: number;
  /** Values from one channel's table to the next. */
  readonly stride: number;
  readonly channels: Channels;
}

/** A bit for every element: the next of the values, or the channel's zero point. */
export interface Pruned extends CodeBytes {
  readonly kind: "pruned";
  readonly zeroPoints: readonly number[];
  readonly channels: Channels;
}

/**
 * Prefix codes read by tables: an entry gives a symbol and how many of the bits read last it has, or
 * how far on the next table begins and how many bits to read for it.
 */
export interface Huffman extends CodeBytes {
  readonly kind: "Huffman";
  /** Bits to read for the first table. */
  readonly firstBits: number;
  readonly entryBits: 16 | 32;
}

interface CodeBytes {
  /** The code: a stream of bits, the highest of a byte first. */
  readonly stream: Uint8Array;
  /** Values or tables. */
  readonly table: Uint8Array;
  readonly count: number;
  readonly dtype: Dtype;
}

/** Which channel an element belongs to. */
export interface Channels {
  readonly count: number;
  /** Elements side by side that belong to the same; 1: channels follow each other. */
  readonly run: number;
}

/** The types that constants are decompressed to. */
export const DECODED: readonly Dtype[] = ["bool", "float32", "int8", "int16", "int32", "int64"];

const HEADER_BYTES = 16;

/**
 * Reads how a constant is compressed (the header of 16 bytes that TensorFlow Lite Micro's DECODE
 * calls common metadata).
 *
 * @throws {EngineError} for what its kernel refuses, and for tables that end too early.
 */
export function codeOf(stream: Tensor, how: Tensor, output: Tensor): Code {
  if (stream.data === null || how.data === null) {
    throw new EngineError("code computed at run time, needed constant");
  }
  const [kind, version, , , kindVersion, parameter, stride] = how.data;
  if (how.data.length < HEADER_BYTES || version !== 1 || kindVersion !== 1) {
    throw new EngineError(`code in version ${version}.${kindVersion}, needed 1.1`);
  }
  const bytes = {
    stream: stream.data,
    table: how.data.subarray(HEADER_BYTES),
    count: elements(output.shape),
    dtype: output.dtype,
  };
  switch (kind) {
    case 0:
      return lookUp({ ...bytes, kind: "look-up", indexBits: parameter & 7, stride }, output);
    case 1:
      return huffman({
        ...bytes,
        kind: "Huffman",
        entryBits: (parameter & 1) === 0 ? 16 : 32,
        firstBits: (parameter >> 4) + 1,
      });
    case 2:
      return pruned({ ...bytes, kind: "pruned" }, output);
    default:
      throw new EngineError(`code of kind ${kind}, needed 0 to 2`);
  }
}

function lookUp(code: Omit<LookUp, "channels">, output: Tensor): LookUp {
  const { indexBits, table, stream, count } = code;
  expectValues(output, DECODED);
  const channels = channelsOf(output);
  if (indexBits === 0) throw new EngineError("indices of 0 bits, needed 1 to 7");
  const size = table.length / (dtypeBits(output.dtype) / 8);
  const most = largestIndex(code, channels);
  if (8 * stream.length < indexBits * count || most >= size) {
    throw new EngineError(`index ${most} of ${size} values, or code of ${stream.length} bytes`);
  }
  return { ...code, channels };
}

/** The last value that is looked up. */
function largestIndex(
  { stream, indexBits, stride, count }: Omit<LookUp, "channels">,
  channels: Channels,
): number {
  let most = -1;
  for (let i = 0; i < count; i++) {
    const index = bitsAt(stream, i * indexBits, indexBits) + stride * channelOf(i, channels);
    most = Math.max(most, index);
  }
  return most;
}

function pruned(code: Omit<Pruned, "channels" | "zeroPoints">, output: Tensor): Pruned {
  const { stream, table, count } = code;
  expectValues(output, DECODED);
  const channels = channelsOf(output);
  const given = output.quantization?.zeroPoints ?? [];
  const isZero = given.every((zeroPoint) => zeroPoint === 0);
  if (output.dtype !== "int8" && !isZero) {
    throw new EngineError(`zero points ${given} of ${output.dtype}, needed 0`);
  }
  const zeroPoints = Array.from({ length: channels.count }, (_, i) => given[i] ?? 0);
  let values = 0;
  for (let i = 0; i < count; i++) values += bitsAt(stream, i, 1);
  if (8 * stream.length < count || table.length < values * dtypeBits(output.dtype) / 8) {
    throw new EngineError(`${values} values of ${count} in tables of ${table.length} bytes`);
  }
  return { ...code, zeroPoints, channels };
}

function huffman(code: Huffman): Huffman {
  const types: readonly Dtype[] = code.entryBits === 16 ? ["int8"] : ["int8", "int16"];
  if (!types.includes(code.dtype)) {
    throw new EngineError(`Huffman code of ${code.dtype}, needed ${types.join(" or ")}`);
  }
  huffmanSymbols(code);
  return code;
}

/** The channels by quantization: along the first dimension, or the last one. */
function channelsOf({ quantization, shape }: Tensor): Channels {
  const count = Math.max(1, quantization?.scales.length ?? 1);
  const total = elements(shape);
  const axis = quantization?.axis ?? 0;
  if (total % count !== 0) throw new EngineError(`${total} elements in ${count} channels`);
  if (count > 1 && axis === shape.length - 1) return { count, run: 1 };
  if (axis !== 0) throw new EngineError(`channels along dimension ${axis}, needed first or last`);
  return { count, run: Math.max(1, total / count) };
}

function expectValues({ dtype }: Tensor, types: readonly Dtype[]): void {
  if (types.includes(dtype)) return;
  throw new EngineError(`values of type ${dtype}, needed ${types.join(", ")}`);
}

/** The channel of an element. */
export function channelOf(element: number, { count, run }: Channels): number {
  return Math.floor(element / run) % count;
}

/** Bits of a stream as a number, the first one highest; behind its end there are zeros. */
export function bitsAt(stream: Uint8Array, from: number, bits: number): number {
  let value = 0;
  for (let bit = from; bit < from + bits; bit++) {
    value = value * 2 + (((stream[bit >> 3] ?? 0) >> (7 - bit % 8)) & 1);
  }
  return value;
}

/** Bits of a table entry: whether it is a symbol, a count of bits, and a symbol or a place. */
export function huffmanFields(entryBits: 16 | 32) {
  const countBits = 4;
  const valueBits = entryBits - 1 - countBits;
  return { valueBits, valueMask: 2 ** valueBits - 1, countMask: 2 ** countBits - 1 };
}

/**
 * The symbols of a Huffman code.
 *
 * @throws {EngineError} for tables or a code that end too early.
 */
export function huffmanSymbols(code: Huffman): number[] {
  const { stream, table, count, entryBits, firstBits } = code;
  const { valueBits, valueMask, countMask } = huffmanFields(entryBits);
  const entries = new DataView(table.buffer, table.byteOffset, table.byteLength);
  const entryBytes = entryBits / 8;
  const entryAt = (place: number) => {
    if ((place + 1) * entryBytes > table.length) {
      throw new EngineError(`entry ${place} of a Huffman table of ${table.length} bytes`);
    }
    return entryBytes === 2
      ? entries.getUint16(2 * place, true)
      : entries.getUint32(4 * place, true);
  };
  let bit = 0;
  return Array.from({ length: count }, () => {
    if (bit >= 8 * stream.length) {
      throw new EngineError(`code of ${stream.length} bytes for ${count} symbols`);
    }
    let bits = firstBits;
    let place = bitsAt(stream, bit, bits);
    bit += bits;
    let entry = entryAt(place);
    while (entry >>> (entryBits - 1) === 0) {
      bits = ((entry >>> valueBits) & countMask) + 1;
      place += (entry & valueMask) + bitsAt(stream, bit, bits);
      bit += bits;
      entry = entryAt(place);
    }
    // Of the last bits the symbol has only so many.
    bit -= Math.max(0, bits - ((entry >>> valueBits) & countMask));
    return entry & valueMask;
  });
}
