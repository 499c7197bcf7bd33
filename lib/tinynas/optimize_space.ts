import { checkOptions, checkWhole } from "../check_arguments.ts";
import { tableFromRows } from "../measure/table_from_rows.ts";
import type { Table } from "../npm/arrow.ts";
import type { Device } from "../plan/devices.ts";
import { checkMemoryModel, type MemoryModelName } from "./memory_bounds.ts";
import { latencyBudget, type Processor } from "./network_cost.ts";
import type { SearchSpace } from "./search_space.ts";
import { startWorkers } from "./threads.ts";
import type { Workers } from "./workers.ts";

/**
 * Memory that networks are to fit, e.g. one of `devices`.
 *
 * @category Search
 */
export type MemoryBudget = Pick<Device, "name" | "sramBytes" | "flashBytes">;

/**
 * Options of `optimizeSpace`.
 *
 * @category Search
 */
export interface OptimizeSpaceOptions {
  /** Networks drawn from each space; 1,000 when absent. */
  readonly samples?: number;
  /** Determines the networks; 1 when absent. */
  readonly seed?: number;
  /** How their memory is planned; `in-place`, as the MCUNet paper's TinyEngine, when absent. */
  readonly memory?: MemoryModelName;
  /** Multiply-accumulates at most. */
  readonly mostMacs?: number;
  /** Milliseconds of one run at most, as `searchNetwork` has it. */
  readonly mostLatencyMs?: number;
  /** Spaces with fewer satisfying networks, as a share of the samples, are not chosen; 0.01 when absent. */
  readonly leastShare?: number;
  /** Threads; 1 when absent. Results do not depend on them. */
  readonly workers?: number;
  /** Draws and judges instead of threads: what `connectWorkers` gives. Results do not depend on it. */
  readonly machines?: Workers;
  /** Fires to give up. */
  readonly signal?: AbortSignal;
  /** Called after each space. */
  readonly onProgress?: (progress: { readonly done: number; readonly of: number }) => void;
}

/**
 * What stage 1 finds about one space.
 *
 * @category Search
 */
export interface SpaceRow {
  /** Rows and columns of the images. */
  readonly resolution: number;
  /** Factor of the channels. */
  readonly width: number;
  /** Networks drawn. */
  readonly samples: number;
  /** Those that fit. */
  readonly satisfying: number;
  /** Those that only an exact plan could admit. */
  readonly planned: number;
  /** Mean multiply-accumulates of those that fit; null without any. */
  readonly meanMacs: number | null;
  /** Their 80th percentile: what spaces are compared by; null without any. */
  readonly macsP80: number | null;
  /** Their percentiles 0, 5, 10 and so on to 100; empty without any. */
  readonly quantiles: readonly number[];
}

/**
 * What stage 1 gives.
 *
 * @category Search
 */
export interface OptimizedSpace {
  /** The space whose satisfying networks have the largest 80th percentile. */
  readonly best: SearchSpace;
  /** A row for each space, in their order. */
  readonly rows: readonly SpaceRow[];
}

/**
 * Stage 1 of TinyNAS (Lin et al., MCUNet, NeurIPS 2020, section 3.1): draws networks from every
 * space, keeps those that fit the memory, and picks the space where these have the most
 * multiply-accumulates, at the 80th percentile: more of them at the same memory means more accurate
 * networks.
 *
 * @throws {RangeError} for an option out of range, or if no space has enough networks that fit.
 * @throws {TypeError} for a latency without a device's core and clock.
 * @throws {DOMException} named `AbortError` once the signal fires.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { devices, optimizeSpace, searchSpaces } from "tinyloom";
 *
 * const spaces = searchSpaces({ resolutions: [96, 176], widths: [0.3, 0.5] });
 * const { best, rows } = await optimizeSpace(spaces, devices.stm32f746, { samples: 100 });
 * assert.equal(rows.length, 4);
 * assert.deepEqual([best.resolution, best.width], [176, 0.5]);
 * ```
 *
 * @category Search
 */
export async function optimizeSpace(
  spaces: readonly SearchSpace[],
  device: MemoryBudget & Partial<Processor>,
  options: OptimizeSpaceOptions = {},
): Promise<OptimizedSpace> {
  checkOptions(
    "optimizeSpace",
    options,
    "samples seed memory mostMacs mostLatencyMs leastShare workers machines signal onProgress",
  );
  const { samples = 1000, seed = 1, memory = "in-place", leastShare = 0.01, workers = 1 } = options;
  checkMemoryModel(memory);
  checkWhole({ samples });
  const { sramBytes, flashBytes } = device;
  const { mostMacs: macs = null, mostLatencyMs = null } = options;
  const latency = latencyBudget(mostLatencyMs, device);
  const budget = { sramBytes, flashBytes, memory, macs, latency };
  using threads = startWorkers(workers, options.machines);
  const found = await threads.run(
    spaces.map((space, index) => ({
      kind: "sample",
      space,
      options: { budget, samples, seed, index },
    })),
    {
      signal: options.signal,
      onDone: (done) => options.onProgress?.({ done, of: spaces.length }),
    },
  );
  const rows = spaces.map(({ resolution, width }, index): SpaceRow => {
    const { macs, planned } = found[index];
    const quantiles = macs.length === 0 ? [] : PERCENTS.map((percent) => quantile(macs, percent));
    return {
      resolution,
      width,
      samples,
      satisfying: macs.length,
      planned,
      meanMacs: macs.length === 0 ? null : macs.reduce((a, b) => a + b) / macs.length,
      macsP80: quantiles[PERCENTS.indexOf(80)] ?? null,
      quantiles,
    };
  });
  const enough = Math.max(1, leastShare * samples);
  let best = -1;
  rows.forEach(({ satisfying, macsP80 }, index) => {
    if (satisfying >= enough && macsP80! > (rows[best]?.macsP80 ?? 0)) best = index;
  });
  if (best === -1) {
    const most = Math.max(0, ...rows.map(({ satisfying }) => satisfying));
    throw new RangeError(
      `at most ${most} of ${samples} networks of a space fit ${sramBytes} B of SRAM and ` +
        `${flashBytes} B of Flash (${device.name}), needed ${Math.ceil(enough)}`,
    );
  }
  return { best: spaces[best], rows };
}

const PERCENTS = Array.from({ length: 21 }, (_, i) => 5 * i);

/** The smallest value that is at least `percent` percent of the values, themselves ascending. */
function quantile(values: readonly number[], percent: number): number {
  return values[Math.max(0, Math.ceil(values.length * percent / 100) - 1)];
}

/**
 * The rows of stage 1 as a table.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { devices, optimizeSpace, searchSpace, spaceTable } from "tinyloom";
 *
 * const spaces = [searchSpace({ resolution: 96 })];
 * const { rows } = await optimizeSpace(spaces, devices.stm32f746, { samples: 20 });
 * assert.equal(spaceTable(rows).get(0)?.resolution, 96);
 * ```
 *
 * @category Search
 */
export function spaceTable(rows: readonly SpaceRow[]): Table {
  const cells = rows.map(({ satisfying, samples, ...row }) => ({
    ...row,
    satisfyingShare: satisfying / samples,
  }));
  return tableFromRows(cells, {
    columns: {
      resolution: "int32",
      width: "float64",
      satisfyingShare: "float64",
      planned: "int32",
      meanMacs: "float64",
      macsP80: "float64",
    },
  });
}
