import { shown } from "../../host.ts";
import defer * as arrow from "../../npm/arrow.ts";
import type { Bool, Dictionary, Float64, Int32, Table, TypeMap, Utf8 } from "../../npm/arrow.ts";
import { entries } from "./build_model.ts";

/**
 * The columns of `zooTable`.
 *
 * @category Zoo
 */
export interface ZooColumns extends TypeMap {
  /** What `zoo` is asked for. */
  name: Dictionary<Utf8, Int32>;
  /** Data set that the network was made for. */
  task: Dictionary<Utf8, Int32>;
  /** Default of the option `width`; null where it is not taken. */
  width: Float64;
  /** Default of the option `resolution`; null where it is not taken. */
  resolution: Int32;
  /** Default of the option `classes`; null where it is not taken. */
  classes: Int32;
  /** The option `explicitPadding` is taken. */
  explicitPadding: Bool;
  /** Published multiply-accumulates at the defaults, in millions; null where unknown. */
  publishedMacsMillions: Float64;
  /** Published parameters at the defaults, in millions. */
  publishedParametersMillions: Float64;
  /** Published top-1 accuracy, in percent. */
  publishedTop1Percent: Float64;
  /** Where the published figures are from. */
  publishedSource: Utf8;
  /** Where the architecture is from. */
  architecture: Utf8;
}

/**
 * The names that `zoo` knows.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { zooNames } from "tinyloom";
 *
 * assert(zooNames().includes("mcunet-in3"));
 * ```
 *
 * @category Zoo
 */
export function zooNames(): readonly string[] {
  return entries.map(({ name }) => name);
}

/**
 * One row for each network that `zoo` builds: its options and their defaults, what its authors
 * published about it, and the sources.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { zooTable } from "tinyloom";
 *
 * const row = zooTable().toArray().find(({ name }) => name === "mcunet-in3");
 * assert.equal(row?.publishedTop1Percent, 61.8);
 * ```
 *
 * @category Zoo
 */
export function zooTable(): Table<ZooColumns> {
  const words = (values: readonly string[]) =>
    arrow.vectorFromArray(values, new arrow.Dictionary(new arrow.Utf8(), new arrow.Int32()));
  const numbers = (values: readonly (number | null)[]) =>
    arrow.vectorFromArray(values, new arrow.Float64());
  const integers = (values: readonly (number | null)[]) =>
    arrow.vectorFromArray(values, new arrow.Int32());
  const defaults = entries.map((entry) => entry.defaults);
  const published = entries.map((entry) => entry.published);
  shown(arrow.Table.prototype, "table");
  return new arrow.Table<ZooColumns>({
    name: words(zooNames()),
    task: words(entries.map(({ task }) => task)),
    width: numbers(defaults.map(({ width }) => width ?? null)),
    resolution: integers(defaults.map(({ resolution }) => resolution ?? null)),
    classes: integers(defaults.map(({ classes }) => classes ?? null)),
    explicitPadding: arrow.vectorFromArray(
      defaults.map(({ explicitPadding }) => explicitPadding !== undefined),
      new arrow.Bool(),
    ),
    publishedMacsMillions: numbers(published.map(({ macsMillions }) => macsMillions)),
    publishedParametersMillions: numbers(
      published.map(({ parametersMillions }) => parametersMillions),
    ),
    publishedTop1Percent: numbers(published.map(({ top1Percent }) => top1Percent)),
    publishedSource: arrow.vectorFromArray(published.map(({ source }) => source), new arrow.Utf8()),
    architecture: arrow.vectorFromArray(
      entries.map(({ architecture }) => architecture),
      new arrow.Utf8(),
    ),
  });
}
