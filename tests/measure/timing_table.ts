import type { Table } from "apache-arrow";
import { tableFromRows, timingColumns, type TimingRow } from "tinyloom";

const plain: TimingRow = {
  kernel: "naive",
  shape: "8x8x8",
  dtype: "float32",
  schedule: "[]",
  threads: 1,
  samples: 30,
  batch: 1,
  minNs: 1e6,
  q1Ns: 1.1e6,
  medianNs: 1.2e6,
  q3Ns: 1.3e6,
  madNs: 1e5,
  outliers: 0,
  macs: 512,
  gmacPerS: 0.512e-3,
  peakShare: null,
  speedup: 1,
  speedupLow: 1,
  speedupHigh: 1,
  checksum: "1f",
  verified: true,
};

/** A timing record of rows that differ from a plain one in what is given. */
export function timingTable(
  rows: readonly Partial<TimingRow>[],
  metadata: Readonly<Record<string, unknown>> = { baseline: "naive", seed: 1 },
): Table {
  return tableFromRows(rows.map((row) => ({ ...plain, ...row })), {
    columns: timingColumns,
    metadata,
  });
}
