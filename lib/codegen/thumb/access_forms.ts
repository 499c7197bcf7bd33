import type { Place } from "../../kernel/kernel.ts";

/** How an access to memory is written. */
export interface AccessForm {
  readonly mnemonic: string;
  /** Offsets from a pointer that it may have, and what they are multiples of. */
  readonly least: number;
  readonly most: number;
  readonly unit: number;
  /** Bytes that it may move its pointer on by, at most; multiples of the unit. */
  readonly mostMove: number;
  /** Whether its pointer is in one of the first eight registers. */
  readonly isLow: boolean;
  readonly isVector: boolean;
}

const word = (mnemonic: string): AccessForm => (
  { mnemonic, least: -255, most: 4095, unit: 1, mostMove: 255, isLow: false, isVector: false }
);

const bytes = (mnemonic: string, isLow: boolean): AccessForm => (
  { mnemonic, least: -127, most: 127, unit: 1, mostMove: 127, isLow, isVector: true }
);

const words = (mnemonic: string): AccessForm => (
  { mnemonic, least: -508, most: 508, unit: 4, mostMove: 508, isLow: false, isVector: true }
);

const FORMS: Readonly<Record<string, AccessForm>> = {
  "i32.load": word("ldr"),
  "i32.load8_s": word("ldrsb"),
  "i32.load8_u": word("ldrb"),
  "i32.load16_s": word("ldrsh"),
  "i32.load16_u": word("ldrh"),
  "i32.store": word("str"),
  "i32.store8": word("strb"),
  "i32.store16": word("strh"),
  "i16x8.load8x8_s": bytes("vldrb.s16", true),
  "i16x8.store8x8": bytes("vstrb.16", true),
  "i32x4.store8x4": bytes("vstrb.32", true),
};

/** Vectors at any place, and at places of words: these reach further. */
const VECTORS: Readonly<Record<string, readonly [AccessForm, AccessForm]>> = {
  "v128.load": [bytes("vldrb.u8", false), words("vldrw.u32")],
  "v128.store": [bytes("vstrb.8", false), words("vstrw.32")],
};

/** The form of an access; null for one that there is none for. */
export function accessForm(
  op: string,
  { alignmentBytes = 1, offsetBytes }: Place,
): AccessForm | null {
  const [anywhere, atWords] = VECTORS[op] ?? [FORMS[op] ?? null, null];
  const isAtWord = alignmentBytes % 4 === 0 && offsetBytes % 4 === 0;
  return atWords !== null && isAtWord ? atWords : anywhere;
}

/** Whether an access may move its pointer on by so many bytes. */
export function mayMove({ unit, mostMove }: AccessForm, by: number): boolean {
  return Math.abs(by) <= mostMove && by % unit === 0;
}
