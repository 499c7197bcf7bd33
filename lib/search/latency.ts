import { layerMacs } from "./network_cost.ts";
import type { NetworkLayer } from "./network_layers.ts";

/** Nanoseconds for each multiply-accumulate, by the operator's name. */
export type LatencyTable = Readonly<Record<string, number>>;

/**
 * A latency table from measured layers: the time of each kind of operator by its multiply-accumulates.
 * Operators without any are left out.
 *
 * @param layers Rows of a profile (`profileRows`).
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { latencyTable } from "tinyloom";
 *
 * const table = latencyTable([
 *   { operator: "CONV_2D", minNs: 3000, macs: 2000 },
 *   { operator: "CONV_2D", minNs: 1000, macs: 2000 },
 *   { operator: "ADD", minNs: 100, macs: 0 },
 * ]);
 * assert.deepEqual(table, { CONV_2D: 1 });
 * ```
 */
export function latencyTable(
  layers: Iterable<{ readonly operator: string; readonly minNs: number; readonly macs: number }>,
): LatencyTable {
  const sums = new Map<string, { ns: number; macs: number }>();
  for (const { operator, minNs, macs } of layers) {
    const sum = sums.get(operator) ?? { ns: 0, macs: 0 };
    sums.set(operator, { ns: sum.ns + minNs, macs: sum.macs + macs });
  }
  const measured = [...sums].filter(([, { macs }]) => macs > 0);
  return Object.fromEntries(measured.map(([operator, { ns, macs }]) => [operator, ns / macs]));
}

/** Time of a network by a table, in ns. */
export function latencyOf(layers: readonly NetworkLayer[], table: LatencyTable): number {
  return layers.reduce((sum, layer) => sum + layerMacs(layer) * (table[layer.op] ?? 0), 0);
}
