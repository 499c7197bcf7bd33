import type { Problem } from "./problem.ts";

/** A reason to place one buffer before another: the larger the key, the earlier. */
export type OrderName = "size" | "smallness" | "lifetime" | "reach" | "area" | "pressure";

/**
 * For each order, one positive key per buffer. `reach` counts the sections of a lifetime;
 * `pressure` is the area, weighed by the largest load among the moments the buffer lives through.
 */
export function orderKeys(problem: Problem): Readonly<Record<OrderName, Float64Array>> {
  const { size, first, last, member, memberStart, sections, lifetime } = problem;
  const load = new Float64Array(sections);
  for (let s = 0; s < sections; s++) {
    for (let i = memberStart[s]; i < memberStart[s + 1]; i++) load[s] += size[member[i]];
  }
  const highestLoad = load.reduce((a, b) => Math.max(a, b), 0);
  const area = size.map((units, b) => units * lifetime[b]);
  const pressure = area.map((units, b) => {
    let worst = 0;
    for (let s = first[b]; s <= last[b]; s++) worst = Math.max(worst, load[s]);
    return units * (worst / highestLoad) ** 8;
  });
  return {
    size,
    smallness: size.map((units) => 1 / units),
    lifetime,
    reach: size.map((_, b) => last[b] - first[b] + 1),
    area,
    pressure,
  };
}
