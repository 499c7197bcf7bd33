import type { Region, Value } from "../../../kernel/kernel.ts";
import type { KernelBuilder } from "../../../kernel/kernel_builder.ts";
import {
  add,
  apply,
  constant,
  either,
  min,
  mul,
  type Operand,
  sub,
} from "../../../kernel/values.ts";
import { byteOf, whileTrue } from "../scalar/plain_kernel.ts";

/** Detections by falling score, at most so many. */
export interface DetectionList {
  /** What they are, i32. */
  readonly codes: Region;
  /** Their scores, f32. */
  readonly scores: Region;
  readonly most: number;
}

/** Puts a detection behind all whose score is no less; what is too much is dropped. */
export function insertDetection(
  b: KernelBuilder,
  { codes, scores, most }: DetectionList,
  { size, code, score }: { readonly size: Value; readonly code: Value; readonly score: Value },
): void {
  if (most === 0) return;
  const scoreAt = (place: Operand) => byteOf(scores, 0, mul(place, 4));
  const codeAt = (place: Operand) => byteOf(codes, 0, mul(place, 4));
  const place = b.let("place", size);
  const isLess = () => {
    const before = b.load("f32.load", byteOf(scores, -4, mul(place, 4)));
    return either(place, apply("f32.lt", [before, score]), constant(0));
  };
  whileTrue(b, isLess, () => {
    b.set(place, sub(place, 1));
    b.if(apply("i32.lt_s", [place, most - 1]), () => {
      const after = b.let("after", add(place, 1));
      b.store("f32.store", scoreAt(after), b.load("f32.load", scoreAt(place)));
      b.store("i32.store", codeAt(after), b.load("i32.load", codeAt(place)));
    });
  });
  b.if(apply("i32.lt_s", [place, most]), () => {
    b.store("f32.store", scoreAt(place), score);
    b.store("i32.store", codeAt(place), code);
  });
  b.set(size, min(add(size, 1), most));
}
