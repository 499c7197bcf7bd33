import type { ZooEntry } from "./entry.ts";
import { invertedResidualEntries } from "./inverted_residual_entries.ts";
import { otherEntries } from "./other_entries.ts";

/** Every network of the zoo. */
export const entries: readonly ZooEntry[] = [...invertedResidualEntries, ...otherEntries];
