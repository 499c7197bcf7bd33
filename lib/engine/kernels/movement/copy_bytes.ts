import type { Value } from "../../../kernel/kernel.ts";
import type { At, KernelBuilder } from "../../../kernel/kernel_builder.ts";
import { add, mul } from "../../../kernel/values.ts";
import { loadBytes, storeBytes } from "../vectors/bytes.ts";
import { beyond } from "../vectors/quantized_vectors.ts";

/** Vectors that are moved without a loop. */
const UNROLLED = 4;

/** Moves a run of bytes; `change` is applied to every vector on the way. */
export function copyRun(
  b: KernelBuilder,
  { from, to, bytes, change = (_, x) => x }: {
    readonly from: At;
    readonly to: At;
    readonly bytes: number;
    readonly change?: (b: KernelBuilder, x: Value) => Value;
  },
): void {
  forVectors(b, bytes, (moved, count) => {
    const x = change(b, loadBytes(b, moved(from), count));
    storeBytes(b, moved(to), x, count);
  });
}

/** Fills a run of bytes with those of a vector. */
export function fillRun(
  b: KernelBuilder,
  { to, bytes, value }: { readonly to: At; readonly bytes: number; readonly value: Value },
): void {
  if (bytes === 0) return;
  const vector = b.let("fill", value);
  forVectors(b, bytes, (moved, count) => storeBytes(b, moved(to), vector, count));
}

function forVectors(
  b: KernelBuilder,
  bytes: number,
  work: (moved: (at: At) => At, count: number) => void,
): void {
  const blockBytes = 16 * UNROLLED;
  const looped = bytes - bytes % blockBytes;
  const unrolled = (base: (at: At) => At, from: number, until: number) => {
    for (let done = from; done < until; done += 16) {
      work((at) => beyond(base(at), done), Math.min(16, until - done));
    }
  };
  if (looped <= 2 * blockBytes) return unrolled((at) => at, 0, bytes);
  b.for("byte", { until: looped, step: blockBytes }, (byte) => {
    unrolled((at) => ({ ...at, address: add(at.address, byte) }), 0, blockBytes);
  });
  unrolled((at) => at, looped, bytes);
}

/** Bytes that are loaded before they are stored, as a vector is. */
const BLOCK_BYTES = 16;

/** Runs up to this length are moved without a loop. */
const UNROLLED_BYTES = 32;

const PIECES = [
  { bytes: 4, load: "i32.load", store: "i32.store" },
  { bytes: 2, load: "i32.load16_u", store: "i32.store16" },
  { bytes: 1, load: "i32.load8_u", store: "i32.store8" },
] as const;

/** Moves a run of bytes word by word: `copyRun` without vectors. */
export function copyWords(
  b: KernelBuilder,
  { from, to, bytes }: { readonly from: At; readonly to: At; readonly bytes: number },
): void {
  forBlocks(b, bytes, (moved, count) => {
    const pieces = piecesOf(count);
    const values = pieces.map(({ at, load }) =>
      b.let("word", b.load(load, beyond(moved(from), at)))
    );
    pieces.forEach(({ at, store }, i) => b.store(store, beyond(moved(to), at), values[i]));
  });
}

/** Fills a run with the same byte: `fillRun` without vectors. */
export function fillWords(
  b: KernelBuilder,
  { to, bytes, byte }: { readonly to: At; readonly bytes: number; readonly byte: number },
): void {
  const word = Math.imul(byte & 0xff, 0x01010101);
  forBlocks(b, bytes, (moved, count) => {
    for (const { at, store } of piecesOf(count)) {
      b.store(store, beyond(moved(to), at), { kind: "constant", type: "i32", value: word });
    }
  });
}

/** Moves a run byte by byte, each of them changed on the way. */
export function changeBytes(
  b: KernelBuilder,
  { from, to, bytes, change }: {
    readonly from: At;
    readonly to: At;
    readonly bytes: number;
    readonly change: (b: KernelBuilder, byte: Value) => Value;
  },
): void {
  b.for("byte", { until: bytes }, (index) => {
    const moved = (at: At) => ({ ...at, address: add(at.address, index) });
    b.store("i32.store8", moved(to), change(b, b.load("i32.load8_u", moved(from))));
  });
}

function forBlocks(
  b: KernelBuilder,
  bytes: number,
  work: (moved: (at: At) => At, count: number) => void,
): void {
  const looped = bytes <= UNROLLED_BYTES ? 0 : bytes - bytes % BLOCK_BYTES;
  b.for("block", { until: looped / BLOCK_BYTES }, (block) => {
    const offset = b.let("offset", mul(block, BLOCK_BYTES));
    work((at) => ({ ...at, address: add(at.address, offset) }), BLOCK_BYTES);
  });
  for (let done = looped; done < bytes; done += BLOCK_BYTES) {
    work((at) => beyond(at, done), Math.min(BLOCK_BYTES, bytes - done));
  }
}

function piecesOf(count: number) {
  const pieces: (typeof PIECES[number] & { readonly at: number })[] = [];
  let at = 0;
  for (const piece of PIECES) {
    for (; count - at >= piece.bytes; at += piece.bytes) pieces.push({ ...piece, at });
  }
  return pieces;
}
