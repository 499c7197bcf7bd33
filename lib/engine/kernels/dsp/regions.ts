import type { Region } from "../../../kernel/kernel.ts";
import type { Layer } from "../../layer.ts";

/** Bytes to work in: of the arena where so many are free, else beside it; null if there are not so many. */
export function scratchFor({ free, workspace }: Layer, sizeBytes: number): Region | null {
  if (free !== null && free.sizeBytes >= sizeBytes) return { ...free, sizeBytes };
  return workspace.sizeBytes >= sizeBytes ? { ...workspace, sizeBytes } : null;
}

/**
 * A region under the name of its role and its space: functions of layers that differ in nothing else
 * are one.
 */
export function roleOf(role: string, region: Region): Region {
  return { ...region, name: `${role}_${region.space}` };
}
