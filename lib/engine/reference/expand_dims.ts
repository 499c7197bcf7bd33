import { copyElements } from "./copy.ts";
import type { Prepare } from "./prepare.ts";

/** Inserts a dimension of extent 1. */
export const expandDims: Prepare<"EXPAND_DIMS"> = copyElements;
