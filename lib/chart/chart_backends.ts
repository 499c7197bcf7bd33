import { checkArguments, checkOptions } from "../check_arguments.ts";
import { formatRatio, threeDigits } from "../measure/format.ts";
import { tableToRows } from "../measure/table_rows.ts";
import type { BackendRow } from "../native/bench_backends.ts";
import type { ModelBackendRow } from "../native/bench_model_backends.ts";
import type { Table } from "../npm/arrow.ts";
import { timeBars } from "./chart_bars.ts";
import { palette } from "./chart_colors.ts";
import { type ChartSpec, chartSpec } from "./chart_spec.ts";

/**
 * How to draw back ends.
 *
 * @category Charts
 */
export interface ChartBackendsOptions {
  /** Default: the problem's shape, or that models are compared. */
  readonly title?: string;
}

/**
 * The time of every schedule, or model, by every back end as bars, coloured by back end: the ladder of
 * techniques, once for each way to run it.
 *
 * @throws {RangeError} if there are no rows, or they are none of `benchBackends` or `benchModelBackends`.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { benchBackends, chartBackends, matmul, renderSvg } from "tinyloom";
 *
 * const naive = matmul({ m: 16, k: 16, n: 16 });
 * const backends = ["javascript", "wasm"] as const;
 * const table = await benchBackends({ naive }, { backends, budgetMs: 20, settleMs: 0 });
 * assert.ok((await renderSvg(chartBackends(table))).includes("javascript"));
 * ```
 *
 * @category Charts
 */
export function chartBackends(table: Table, options: ChartBackendsOptions = {}): ChartSpec {
  checkOptions("chartBackends", options, "title");
  checkArguments("chartBackends", { table });
  const rows = tableToRows(table) as unknown as readonly (BackendRow | ModelBackendRow)[];
  if (rows.length === 0 || rows[0].backend === undefined) {
    throw new RangeError(
      "The record holds no rows with a back end; benchBackends and benchModelBackends make them",
    );
  }
  const what = "shape" in rows[0] ? `schedules by each back end, ${rows[0].shape}` : null;
  const kinds = [...new Set(rows.map(({ backend }) => backend))];
  const bars = rows.map(({ backend, minNs, gmacPerS, speedup, ...row }) => ({
    label: `${"kernel" in row ? row.kernel : row.model}, ${backend}`,
    kind: backend,
    ns: minNs,
    text: `${threeDigits(gmacPerS)} GMAC/s` +
      (speedup === null ? "" : `, ${formatRatio(speedup)}`),
  }));
  return chartSpec(
    {
      text: options.title ?? `The same ${what ?? "models by each back end"}`,
      subtitle: "one thread; minima",
    },
    timeBars(bars, {
      stepPixels: 22,
      colorOf: (kind) => palette[kinds.findIndex((each) => each === kind) % palette.length],
    }),
  );
}
