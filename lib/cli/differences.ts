import { formatCount, formatShare } from "../measure/format.ts";
import { tableFromRows } from "../measure/table_from_rows.ts";
import { macs } from "../model/macs.ts";
import type { Model } from "../model/model.ts";
import { operatorName } from "../model/operator.ts";
import { peakLiveBytes } from "../model/live_bytes.ts";
import { parameterCount, weightsBytes } from "../model/weights.ts";
import type { Table } from "../npm/arrow.ts";
import type { Fit } from "../plan/fit.ts";
import type { Plan } from "../plan/plan.ts";
import { ramBytesOf } from "../plan/scratch.ts";

/** One figure of two things. */
export interface Difference {
  /** What it is, with its unit. */
  readonly figure: string;
  /** Of the first; null if it has none. */
  readonly a: number | string | null;
  /** Of the second; null if it has none. */
  readonly b: number | string | null;
}

/** What `plan A B --json` prints. */
export interface PlanComparison {
  readonly schemaVersion: 1;
  /** The two, as they were named. */
  readonly plans: readonly string[];
  /** All figures of both, the same ones too. */
  readonly differences: readonly Difference[];
  /** Whether the device holds each; null if none is named. */
  readonly fits: readonly Fit[] | null;
}

/** What `model A B --json` prints. */
export interface ModelComparison {
  readonly schemaVersion: 1;
  /** The two, as they were named. */
  readonly models: readonly string[];
  /** All figures of both, the same ones too. */
  readonly differences: readonly Difference[];
}

/** The figures of two plans, side by side. */
export function planDifferences(a: Plan, b: Plan): readonly Difference[] {
  const figures: Readonly<Record<string, (plan: Plan) => Difference["a"]>> = {
    "arena B": ({ peakBytes }) => peakBytes,
    "lower bound B": ({ lowerBoundBytes }) => lowerBoundBytes,
    "RAM B": (plan) => ramBytesOf(plan),
    "state B": ({ stateBytes }) => stateBytes,
    "Flash B": ({ flashBytes }) => flashBytes,
    "weights B": ({ flash }) => flash.weightsBytes,
    "code B": ({ flash }) => flash.codeBytes,
    "MAC factor": ({ macFactor }) => macFactor,
    operators: ({ steps }) => steps.length,
    segments: ({ segments }) => segments.length,
    peak: ({ peak }) => peak && `${peak.operator} ${peak.name}`,
    fusion: ({ fusion }) => fusion,
    input: ({ input }) => input,
    techniques: ({ techniques }) => techniques.join(" "),
  };
  return differences(figures, a, b);
}

/** The figures of two models, and how many operators of each kind they have. */
export function modelDifferences(a: Model, b: Model): readonly Difference[] {
  const shapeOf = (model: Model, tensors: readonly number[]) => (
    tensors.map((index) => `${model.tensors[index].dtype} ${model.tensors[index].shape.join("x")}`)
      .join("; ")
  );
  const figures: Readonly<Record<string, (model: Model) => Difference["a"]>> = {
    MACs: macs,
    parameters: parameterCount,
    "weights B": weightsBytes,
    "live at once B": peakLiveBytes,
    inputs: (model) => shapeOf(model, model.inputs),
    outputs: (model) => shapeOf(model, model.outputs),
    operators: ({ operators }) => operators.length,
  };
  const names = [...new Set([...a.operators, ...b.operators].map(operatorName))].sort();
  const counts = Object.fromEntries(names.map((name) => [
    name,
    ({ operators }: Model) => operators.filter((each) => operatorName(each) === name).length,
  ]));
  return differences({ ...figures, ...counts }, a, b);
}

function differences<Thing>(
  figures: Readonly<Record<string, (thing: Thing) => Difference["a"]>>,
  a: Thing,
  b: Thing,
): readonly Difference[] {
  return Object.entries(figures).map(([figure, of]) => ({ figure, a: of(a), b: of(b) }));
}

/** The differences as people read them: what changed and by how much. */
export function differenceTable(all: readonly Difference[]): Table {
  const text = (value: Difference["a"]) => (
    typeof value !== "number"
      ? value
      : Number.isInteger(value)
      ? formatCount(value)
      : value.toFixed(4)
  );
  return tableFromRows(
    all.map(({ figure, a, b }) => ({ figure, a: text(a), b: text(b), change: changeOf(a, b) })),
    { columns: { figure: "text", a: "text", b: "text", change: "text" } },
  );
}

function changeOf(a: Difference["a"], b: Difference["a"]): string {
  if (a === b) return "same";
  if (typeof a !== "number" || typeof b !== "number") return "differs";
  const sign = b > a ? "+" : "-";
  const by = Math.abs(b - a);
  const share = a === 0 ? "" : ` (${sign}${formatShare(by / a)})`;
  return `${sign}${Number.isInteger(by) ? formatCount(by) : by.toFixed(4)}${share}`;
}
