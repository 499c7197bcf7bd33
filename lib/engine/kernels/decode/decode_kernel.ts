import type { Opcode } from "../../../kernel/opcode.ts";
import type { Region, Value } from "../../../kernel/kernel.ts";
import type { KernelBuilder } from "../../../kernel/kernel_builder.ts";
import { add, apply, constant, mul, type Operand, sub } from "../../../kernel/values.ts";
import { dtypeBits } from "../../../model/dtype.ts";
import type { ConstantPool } from "../../constant_pool.ts";
import { type Layer, type LayerKernel, operatorOf } from "../../layer.ts";
import { type Code, codeOf, type Huffman, huffmanFields } from "../../reference/codes.ts";
import { elementAt, plainKernel, whileTrue } from "../scalar/plain_kernel.ts";

/** TFLM_DECODE: codes stay constants as they are, elements are worked out one by one. */
export function decodeKernel(layer: Layer): LayerKernel | null {
  if (operatorOf(layer, "TFLM_DECODE") === null) return null;
  const { inputs, outputs, constants, name } = layer;
  const codes = outputs.map(({ tensor }, i) =>
    codeOf(inputs[2 * i]!.tensor, inputs[2 * i + 1]!.tensor, tensor)
  );
  const kinds = [...new Set(codes.map(({ kind }) => kind))].join(", ");
  return plainKernel(layer, `decode ${kinds}`, (b) => {
    codes.forEach((code, i) => {
      const places = placesOf(code, { constants, name: `${name}_${i}` });
      decode(b, code, { ...places, output: outputs[i].region });
    });
  });
}

interface CodePlaces {
  readonly stream: Region;
  readonly table: Region;
  /** int8, one for each channel, which stand for 0; null: they are 0. */
  readonly zeroPoints: Region | null;
}

/** The code and its tables; behind the code there are zeros, which may be read but do not count. */
function placesOf(
  code: Code,
  { constants, name }: { readonly constants: ConstantPool; readonly name: string },
): CodePlaces {
  const { stream, table } = code;
  const padded = new Uint8Array(stream.length + PADDING_BYTES);
  padded.set(stream);
  return {
    stream: constants.place(`${name}_code`, padded),
    table: constants.place(`${name}_table`, table),
    zeroPoints: code.kind === "pruned" && code.dtype === "int8"
      ? constants.place(`${name}_zero_points`, Uint8Array.from(code.zeroPoints))
      : null,
  };
}

/** Bits are read three bytes at a time. */
const READ_BITS = 24;
const PADDING_BYTES = 6;

/** `bits` of a stream from a bit on, at most 16 of them. */
function readBits(b: KernelBuilder, stream: Region, from: Value, bits: Operand): Value {
  const byte = b.let("byte", apply("i32.shr_u", [from, 3]));
  const parts = [0, 1, 2].map((i) => {
    const part = b.load("i32.load8_u", { ...elementAt(stream, byte, 1), offsetBytes: i });
    return apply("i32.shl", [part, READ_BITS - 8 - 8 * i]);
  });
  const word = b.let("word", parts.reduce((all, part) => apply("i32.or", [all, part])));
  const inByte = apply("i32.and", [from, 7]);
  const shifted = apply("i32.shr_u", [word, sub(sub(READ_BITS, inByte), bits)]);
  const mask = sub(apply("i32.shl", [1, bits]), 1);
  return b.let("bits", apply("i32.and", [shifted, mask]));
}

function decode(
  b: KernelBuilder,
  code: Code,
  places: CodePlaces & { readonly output: Region },
): void {
  if (code.kind === "Huffman") return huffman(b, code, places);
  const { stream, table, zeroPoints, output } = places;
  const { load, store, bytes, zero } = copies[dtypeBits(code.dtype) / 8];
  const { count: channels, run } = code.channels;
  // Channels are loops, so that what belongs to one is known without dividing.
  const isLast = run === 1 && channels > 1;
  const [outer, inner] = isLast ? [code.count / channels, channels] : [channels, run];
  const next = b.let("next", 0);
  b.for("outer", { until: code.count === 0 ? 0 : outer }, (first) => {
    b.for("inner", { until: inner }, (second) => {
      const element = b.let("element", add(mul(first, inner), second));
      const channel = isLast ? second : first;
      const put = (value: Value) => b.store(store, elementAt(output, element, bytes), value);
      const valueAt = (place: Value) => b.load(load, elementAt(table, place, bytes));
      if (code.kind === "look-up") {
        const index = readBits(
          b,
          stream,
          b.let("bit", mul(element, code.indexBits)),
          code.indexBits,
        );
        put(valueAt(b.let("place", add(mul(channel, code.stride), index))));
        return;
      }
      b.if(readBits(b, stream, element, 1), () => {
        put(valueAt(next));
        b.set(next, add(next, 1));
      }, () => put(zeroPoints === null ? zero : b.load(load, elementAt(zeroPoints, channel, 1))));
    });
  });
}

/** How elements of so many bytes are copied, whatever they are. */
const copies: Readonly<
  Record<
    number,
    {
      readonly load: Opcode;
      readonly store: Opcode;
      readonly bytes: number;
      readonly zero: Value;
    }
  >
> = {
  1: { load: "i32.load8_u", store: "i32.store8", bytes: 1, zero: constant(0) },
  2: { load: "i32.load16_u", store: "i32.store16", bytes: 2, zero: constant(0) },
  4: { load: "i32.load", store: "i32.store", bytes: 4, zero: constant(0) },
  8: { load: "i64.load", store: "i64.store", bytes: 8, zero: constant(0n, "i64") },
};

function huffman(
  b: KernelBuilder,
  { count, entryBits, firstBits, dtype }: Huffman,
  { stream, table, output }: CodePlaces & { readonly output: Region },
): void {
  const { valueBits, valueMask, countMask } = huffmanFields(entryBits);
  const { load, bytes } = copies[entryBits / 8];
  const { store, bytes: elementBytes } = copies[dtypeBits(dtype) / 8];
  const countOf = (entry: Value) =>
    apply("i32.and", [apply("i32.shr_u", [entry, valueBits]), countMask]);
  const bit = b.let("bit", 0);
  b.for("symbol", { until: count }, (symbol) => {
    const bits = b.let("bits", firstBits);
    const place = b.let("place", readBits(b, stream, bit, bits));
    const read = () => b.load(load, elementAt(table, place, bytes));
    const entry = b.let("entry", read());
    b.set(bit, add(bit, bits));
    const isPlace = () => apply("i32.eqz", [apply("i32.shr_u", [entry, entryBits - 1])]);
    whileTrue(b, isPlace, () => {
      b.set(bits, add(countOf(entry), 1));
      const index = readBits(b, stream, bit, bits);
      b.set(place, add(add(place, apply("i32.and", [entry, valueMask])), index));
      b.set(bit, add(bit, bits));
      b.set(entry, read());
    });
    const spare = b.let("spare", sub(bits, countOf(entry)));
    b.if(apply("i32.gt_s", [spare, 0]), () => b.set(bit, sub(bit, spare)));
    b.store(store, elementAt(output, symbol, elementBytes), entry);
  });
}
