import type { Region } from "../../../kernel/kernel.ts";
import type { Layer } from "../../layer.ts";

/** Bytes to work in: of the arena where so many are free, else beside it; null if there are not so many. */
export function scratchFor({ free, workspace }: Layer, sizeBytes: number): Region | null {
  if (free !== null && free.sizeBytes >= sizeBytes) return { ...free, sizeBytes };
  return workspace.sizeBytes >= sizeBytes ? { ...workspace, sizeBytes } : null;
}
