import { ADDITIONS, prepareAddition } from "./addition.ts";
import type { Prepare } from "./prepare.ts";

/** `a - b`, with broadcasting. */
export const sub: Prepare<"SUB"> = (operation) => prepareAddition(operation, ADDITIONS.SUB);
