import type { Region } from "../../../kernel/kernel.ts";

/**
 * A region under the name of its role and its space: functions of layers that differ in nothing else
 * are one.
 */
export function roleOf(role: string, region: Region): Region {
  return { ...region, name: `${role}_${region.space}` };
}
