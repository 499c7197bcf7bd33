import { cheapestPath, type Path } from "./choose_parts.ts";
import type { Part } from "./part.ts";
import type { Search } from "./plan_fused.ts";

/** Why no choice of parts needs less than a path does, in words. */
export function whyNotLower({ fusion, parts, graph, order, settings }: Search, path: Path): string {
  const { needBytes } = path;
  const steps = fusion.images.length;
  const lower = cheapestPath(parts, {
    steps,
    baseMacs: fusion.macs,
    limitBytes: needBytes - 1,
  });
  if (lower !== null) {
    const total = fusion.macs.reduce((sum, macs) => sum + macs, 0);
    const factor = (1 + lower.extraMacs / Math.max(1, total)).toFixed(4);
    const wish = settings.memoryBudget === null
      ? `more than the budget of ${settings.macBudget}`
      : "and the budget of memory does not ask for it";
    return `below, the fewest multiply-accumulates are ${factor} times the model's, ${wish}`;
  }
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
