import { prepareAddition } from "./addition.ts";
import type { Prepare } from "./prepare.ts";

/** `a + b`, with broadcasting. */
export const add: Prepare<"ADD"> = (operation) =>
  prepareAddition(operation, { sign: 1, round: (x) => x });
