import { cheapestPath, type Path } from "./choose_parts.ts";
import type { Part } from "./part.ts";
import type { Search } from "./plan_fused.ts";

/** A height that no choice of parts with at most a path's multiply-accumulates goes below. */
export interface PathBound {
  readonly boundBytes: number;
  /** Why nothing is lower, in words. */
  readonly reason: string;
}

/** What bounds a path from below, and why nothing less was possible. */
export function pathBound(search: Search, path: Path): PathBound {
  const { fusion, parts, settings: { macBudget, memoryBudget } } = search;
  const steps = { steps: fusion.images.length, baseMacs: fusion.macs };
  let least = path;
  let above: Path | null = null;
  while (above === null) {
    const lower = cheapestPath(parts, { ...steps, limitBytes: least.needBytes - 1 });
    if (lower === null) break;
    if (lower.extraMacs > path.extraMacs) above = lower;
    else least = lower;
  }
  const boundBytes = least.needBytes;
  if (boundBytes < path.needBytes) {
    const reason =
      `the memory budget of ${bytes(memoryBudget ?? 0)} asks for the fewest calls of ` +
      `kernels, and less memory takes more of them`;
    return { boundBytes, reason };
  }
  if (above === null) return { boundBytes, reason: bottleneck(search, boundBytes) };
  const factor = macFactor(search, above);
  const budget = factor > macBudget ? `, the budget is ${macBudget}` : "";
  const reason = `less memory takes ${factor.toFixed(4)} times the model's multiply-accumulates`;
  return { boundBytes, reason: `${reason}${budget}` };
}

function macFactor({ fusion }: Search, { extraMacs }: Path): number {
  const total = fusion.macs.reduce((sum, macs) => sum + macs, 0);
  return 1 + extraMacs / Math.max(1, total);
}

/** The operator that no part has in less. */
function bottleneck({ fusion, parts, graph, order }: Search, needBytes: number): string {
  const steps = fusion.images.length;
  const operatorAt = (position: number) => {
    const { operator } = graph.steps[order.order[position]];
    return `operator ${operator} ${graph.model.operators[operator].op}`;
  };
  for (let position = 0; position < steps; position++) {
    const over = parts.filter(({ from, until }) => from <= position && position < until);
    const best = over.reduce((a, b) => b.needBytes < a.needBytes ? b : a);
    if (best.needBytes < needBytes) continue;
    const layer = over.find(({ form }) => form === null)!;
    const ways = over.length === 1 ? "" : `; by itself ${bytes(layer.needBytes)}`;
    return `no part with ${operatorAt(position)} needs less than ${
      bytes(best.needBytes)
    }, the best ` +
      `being ${describe(best, operatorAt)}${ways}`;
  }
  return `parts that need less do not join to a way through all operators`;
}

function describe({ from, until, form }: Part, operatorAt: (position: number) => string): string {
  if (form === null) return "layer by layer";
  const { kind, unit, tiles: [rows, columns] } = form;
  const range = `from ${operatorAt(from)} to ${operatorAt(until - 1)}`;
  if (kind === "patch") return `${rows} x ${columns} patches ${range}`;
  const strips = columns === 1 ? "" : ` in ${columns} strips`;
  return `rolling ${unit}s${strips} ${range}`;
}

function bytes(count: number): string {
  return `${count.toLocaleString("en-US")} B`;
}
