import { measure, type Measurement, type Timed, type TimingRow, timingRows } from "tinyloom";
import type { ModelCase } from "./model_case.ts";
import type { LoadedModel, Peer } from "./peer.ts";
import { timedPeer } from "./timed_peer.ts";

/** One contender on one model. */
export interface ContenderRow extends TimingRow {
  /** Time of the fastest of the others, over this one's: above 1 for the winner. Null if alone. */
  readonly ratio: number | null;
}

/** Columns of a `ContenderRow` worth reading. */
export const contenderColumns = [
  "shape",
  "kernel",
  "threads",
  "minNs",
  "medianNs",
  "gmacPerS",
  "ratio",
] as const;

/**
 * Times contenders on one model, interleaved in seeded random order. Those that do not take the
 * model or compute something else are left out, and named on the console with the reason.
 */
export async function measureCase(
  wanted: ModelCase,
  peers: readonly Peer[],
  { budgetMs }: { readonly budgetMs: number },
): Promise<readonly ContenderRow[]> {
  const loaded: LoadedModel[] = [];
  const timed: Timed[] = [];
  for (const peer of peers) {
    const leftOut = (reason: string) => console.log(`${peer.name}, ${wanted.name}: ${reason}`);
    try {
      const model = await peer.load(wanted.model);
      loaded.push(model);
      const one = timedPeer(peer, model, wanted);
      // Checked once: models with state give something else the next time.
      const check = await one.verify();
      if (check.verified) timed.push({ ...one, verify: () => check });
      else leftOut(`its largest error is ${check.maxError}, allowed are ${check.tolerance}`);
    } catch (error) {
      leftOut(String(error));
    }
  }
  try {
    return timed.length === 0 ? [] : withRatios(await measure(timed, { budgetMs }));
  } finally {
    for (const model of loaded) await model.dispose();
  }
}

function withRatios({ table }: Measurement): readonly ContenderRow[] {
  const rows = timingRows(table);
  return rows.map((row) => {
    const others = rows.filter((other) => other !== row).map(({ minNs }) => minNs);
    return { ...row, ratio: others.length === 0 ? null : Math.min(...others) / row.minNs };
  });
}
