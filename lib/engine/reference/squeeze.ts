import { copyElements } from "./copy.ts";
import type { Prepare } from "./prepare.ts";

/** Drops dimensions of extent 1. */
export const squeeze: Prepare<"SQUEEZE"> = copyElements;
