import {
  bestMatmul,
  compileNative,
  matmul,
  measure,
  nativeMatmul,
  type NativeMemory,
  type NativeTarget,
  randomInputs,
  type TimingRow,
  timingRows,
} from "tinyloom";
import type { ThreadPool } from "../../../lib/codegen/thread_pool.ts";
import { tableFromRows } from "../../../lib/measure/table_from_rows.ts";
import { reference, timedNest } from "../../../lib/measure/timed_nest.ts";
import { timingColumns } from "../../../lib/measure/timing_row.ts";
import type { OneDnn } from "./one_dnn.ts";
import { timedNative } from "./timed_native.ts";
import type { Table } from "../../../lib/npm/arrow.ts";
import type { VnniPeak } from "./vnni_peak.ts";

interface Int8Row extends TimingRow {
  /** Shortest time of as many products in registers alone, over the shortest of this; null: no VNNI. */
  readonly ofPeak: number | null;
  readonly compiler: string | null;
  readonly flags: string | null;
  readonly instructionSet: string | null;
  readonly alignmentBytes: number | null;
  readonly hugePages: string | null;
}

/** Columns of these rows worth reading. */
export const int8Columns = [
  ...["kernel", "shape", "threads", "samples", "minNs", "medianNs", "gmacPerS", "ofPeak"],
  ...["verified", "instructionSet", "alignmentBytes", "hugePages"],
] as readonly (keyof Int8Row)[];

/**
 * A product of int8 as WebAssembly and as native code, by vectors and, if the processor has them, by
 * matrix tiles, each checked to the last bit against the plain nest, interleaved with oneDNN's where it is
 * installed and exact, and with as many products in registers, if the processor has VNNI. Without VNNI,
 * oneDNN adds pairs of products in 16 bits, which do not hold the sums of all int8: it is named in `inexact`.
 */
export async function int8Product(
  { m, k, n }: { readonly m: number; readonly k: number; readonly n: number },
  { target, peak, dnn, threads, pool, budgetMs }: {
    readonly target: NativeTarget;
    readonly peak: VnniPeak | null;
    readonly dnn: OneDnn | null;
    readonly threads: number;
    readonly pool: ThreadPool | undefined;
    readonly budgetMs: number;
  },
): Promise<{ readonly table: Table; readonly inexact: readonly string[] }> {
  const sizes = { m, k, n, dtype: "i8", threads } as const;
  const plain = matmul({ m, k, n, dtype: "i8" });
  const inputs = randomInputs(plain, { seed: 1 });
  const expected = reference(plain, inputs);
  const { vectorBytes, vectorRegisters, hasDot4: fours, hasTiles } = target;
  const scheduled = (tiles: boolean) =>
    nativeMatmul({ ...sizes, vectorBytes, vectorRegisters, fours, tiles });
  using wasm = timedNest("wasm best", bestMatmul(sizes), {
    inputs,
    reference: expected,
    fma: false,
    pool,
  });
  using vectors = await compileNative(scheduled(false), { target, threads });
  using tiles = hasTiles ? await compileNative(scheduled(true), { target, threads }) : null;
  const kernels = new Map([
    ...tiles ? [["native tiles", tiles] as const] : [],
    ["native vectors", vectors],
  ]);
  const native = [...kernels].map(([name, kernel]) =>
    timedNative(name, kernel, { inputs, reference: expected })
  );
  const bound = peak ? [peak.products({ shape: plain.shape, macs: m * k * n })] : [];
  const peers = dnn ? [dnn.product(plain, { m, k, n, inputs, reference: expected })] : [];
  const isExact = await Promise.all(peers.map(async (peer) => (await peer.verify()).verified));
  const exact = peers.filter((_, i) => isExact[i]);
  const inexact = peers.filter((_, i) => !isExact[i]).map(({ name }) => name);
  const { table: measured } = await measure([wasm, ...native, ...exact, ...bound], {
    budgetMs,
    baseline: wasm.name,
  });
  const memory = (row: TimingRow): NativeMemory | null => kernels.get(row.kernel)?.memory ?? null;
  const isCompiled = (row: TimingRow) =>
    [...native, ...bound].some(({ name }) => name === row.kernel);
  const timed = timingRows(measured);
  const most = timed.find(({ kernel }) => kernel === bound[0]?.name)?.gmacPerS;
  const rows = timed.map((row): Int8Row => ({
    ...row,
    ofPeak: most === undefined ? null : row.gmacPerS / most,
    compiler: isCompiled(row) ? target.version : null,
    flags: isCompiled(row) ? vectors.flags.join(" ") : null,
    instructionSet: kernels.get(row.kernel)?.instructionSet ?? null,
    alignmentBytes: memory(row)?.alignmentBytes ?? null,
    hugePages: memory(row) === null ? null : memory(row)!.hugePages ? "yes" : "no",
  }));
  const table = tableFromRows(rows, {
    columns: {
      ...timingColumns,
      ofPeak: "float64",
      compiler: "name",
      flags: "name",
      instructionSet: "name",
      alignmentBytes: "int32",
      hugePages: "name",
    },
  });
  return { table, inexact };
}
