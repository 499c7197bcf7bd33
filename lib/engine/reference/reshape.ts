import { copyElements } from "./copy.ts";
import type { Prepare } from "./prepare.ts";

/** Same elements, other shape. */
export const reshape: Prepare<"RESHAPE"> = copyElements;
