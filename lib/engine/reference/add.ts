import { ADDITIONS, prepareAddition } from "./addition.ts";
import type { Prepare } from "./prepare.ts";

/** `a + b`, with broadcasting. */
export const add: Prepare<"ADD"> = (operation) => prepareAddition(operation, ADDITIONS.ADD);
