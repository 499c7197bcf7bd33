import type { Value } from "../../../kernel/kernel.ts";
import type { At, KernelBuilder } from "../../../kernel/kernel_builder.ts";
import { add, mul } from "../../../kernel/values.ts";
import { loadBytes, storeBytes } from "../vectors/bytes.ts";
import { beyond } from "../vectors/quantized_vectors.ts";
import { forRange, rangeOf } from "../walk/index_range.ts";

/** Vectors that are moved without a loop. */
const UNROLLED = 4;

/**
 * Moves a run of bytes; `change` is applied to every vector on the way. What is moved backward may go
 * further up over itself, what is moved forward further down: vectors are loaded before they are stored.
 */
export function copyRun(
  b: KernelBuilder,
  { from, to, bytes, change = (_, x) => x, isReverse = false }: {
    readonly from: At;
    readonly to: At;
    readonly bytes: number;
    readonly change?: (b: KernelBuilder, x: Value) => Value;
    readonly isReverse?: boolean;
  },
): void {
  forVectors(b, { bytes, isReverse }, (moved, count) => {
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
  forVectors(b, { bytes, isReverse: false }, (moved, count) => (
    storeBytes(b, moved(to), vector, count)
  ));
}

function forVectors(
  b: KernelBuilder,
  { bytes, isReverse }: { readonly bytes: number; readonly isReverse: boolean },
  work: (moved: (at: At) => At, count: number) => void,
): void {
  const blockBytes = 16 * UNROLLED;
  const whole = bytes - bytes % blockBytes;
  const looped = whole <= 2 * blockBytes ? 0 : whole;
  const unrolled = (base: (at: At) => At, from: number, until: number) => {
    const starts = Array.from({ length: Math.ceil((until - from) / 16) }, (_, i) => from + 16 * i);
    for (const done of isReverse ? starts.toReversed() : starts) {
      work((at) => beyond(base(at), done), Math.min(16, until - done));
    }
  };
  const loop = () => {
    if (looped === 0) return;
    const range = isReverse
      ? { from: looped - blockBytes, until: -blockBytes, step: -blockBytes }
      : { until: looped, step: blockBytes };
    b.for("byte", range, (byte) => {
      unrolled((at) => ({ ...at, address: add(at.address, byte) }), 0, blockBytes);
    });
  };
  const rest = () => unrolled((at) => at, looped, bytes);
  for (const part of isReverse ? [rest, loop] : [loop, rest]) part();
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
  { from, to, bytes, isReverse = false }: {
    readonly from: At;
    readonly to: At;
    readonly bytes: number;
    readonly isReverse?: boolean;
  },
): void {
  forBlocks(b, { bytes, isReverse }, (moved, count) => {
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
  forBlocks(b, { bytes, isReverse: false }, (moved, count) => {
    for (const { at, store } of piecesOf(count)) {
      b.store(store, beyond(moved(to), at), { kind: "constant", type: "i32", value: word });
    }
  });
}

/** Moves a run byte by byte, each of them changed on the way. */
export function changeBytes(
  b: KernelBuilder,
  { from, to, bytes, change, isReverse }: {
    readonly from: At;
    readonly to: At;
    readonly bytes: number;
    readonly change: (b: KernelBuilder, byte: Value) => Value;
    readonly isReverse: boolean;
  },
): void {
  forRange(b, { name: "byte", range: rangeOf(0, bytes), isReverse }, (index) => {
    const moved = (at: At) => ({ ...at, address: add(at.address, index) });
    b.store("i32.store8", moved(to), change(b, b.load("i32.load8_u", moved(from))));
  });
}

function forBlocks(
  b: KernelBuilder,
  { bytes, isReverse }: { readonly bytes: number; readonly isReverse: boolean },
  work: (moved: (at: At) => At, count: number) => void,
): void {
  const looped = bytes <= UNROLLED_BYTES ? 0 : bytes - bytes % BLOCK_BYTES;
  const loop = () => {
    const range = rangeOf(0, looped / BLOCK_BYTES);
    forRange(b, { name: "block", range, isReverse }, (block) => {
      const offset = b.let("offset", mul(block, BLOCK_BYTES));
      work((at) => ({ ...at, address: add(at.address, offset) }), BLOCK_BYTES);
    });
  };
  const starts: number[] = [];
  for (let done = looped; done < bytes; done += BLOCK_BYTES) starts.push(done);
  const rest = () => {
    for (const done of isReverse ? starts.toReversed() : starts) {
      work((at) => beyond(at, done), Math.min(BLOCK_BYTES, bytes - done));
    }
  };
  for (const part of isReverse ? [rest, loop] : [loop, rest]) part();
}

function piecesOf(count: number) {
  const pieces: (typeof PIECES[number] & { readonly at: number })[] = [];
  let at = 0;
  for (const piece of PIECES) {
    for (; count - at >= piece.bytes; at += piece.bytes) pieces.push({ ...piece, at });
  }
  return pieces;
}
