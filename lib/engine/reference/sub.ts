import { prepareAddition } from "./addition.ts";
import type { Prepare } from "./prepare.ts";

/** `a - b`, with broadcasting; TFLM's kernel works out its factors in float32. */
export const sub: Prepare<"SUB"> = (operation) =>
  prepareAddition(operation, { sign: -1, round: Math.fround });
