import { checkArguments, checkOptions } from "../check_arguments.ts";
import type { Engine } from "../engine/engine.ts";
import { formatCount } from "../measure/format.ts";
import { liveBytes } from "../model/live_bytes.ts";
import { operatorMacs } from "../model/macs.ts";
import type { Model } from "../model/model.ts";
import { operatorName } from "../model/operator.ts";
import { usedBytes } from "../plan/lifetimes.ts";
import type { Plan } from "../plan/plan.ts";
import { bytesText, drawGraph, type DrawnOperator, nodeOf, tensorText } from "./draw_graph.ts";

/**
 * What one sees of an operator when it is chosen.
 *
 * @category Charts
 */
export interface ModelGraphDetail {
  /** The `data-node` of its element in the drawing. */
  readonly id: string;
  /** Its place and name. */
  readonly title: string;
  /** Tensors, memory and operations, each a name and what is to be said. */
  readonly facts: readonly (readonly [name: string, value: string])[];
  /** How it runs, as `explain` tells; null where no engine was given, or the operator does not run. */
  readonly listing: string | null;
}

/**
 * A model's graph, drawn.
 *
 * @category Charts
 */
export interface ModelGraph {
  /** Operators as boxes, tensors as lines between them. */
  readonly svg: string;
  /** What there is to know of each operator, in their order. */
  readonly details: readonly ModelGraphDetail[];
}

/**
 * What is known beside the model.
 *
 * @category Charts
 */
export interface ModelGraphOptions {
  /** How its memory is planned; default: bytes alive are those of the tensors. */
  readonly plan?: Plan;
  /** The model as a program: its kernels are told, and its plan if there is no other. */
  readonly engine?: Engine;
  /** What to tell of operators in place of the engine's kernels, such as their C, by their index. */
  readonly listings?: ReadonlyMap<number, string>;
}

/**
 * Draws a model as a graph (laid out by dagre): a box for each operator in its colour, with its
 * multiply-accumulates and a bar of the bytes alive while it runs, the peak marked; a line for each
 * tensor, with its shape. Lines and boxes tell more in their titles.
 *
 * @throws {RangeError} if the model has more than 1,500 operators.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { modelGraph, planMemory, zoo } from "tinyloom";
 *
 * const model = zoo("mlperf-tiny-kws");
 * const { svg, details } = await modelGraph(model, { plan: planMemory(model) });
 * assert.ok(svg.includes("DEPTHWISE_CONV_2D"));
 * assert.equal(details.length, model.operators.length);
 * ```
 *
 * @category Charts
 */
export async function modelGraph(
  model: Model,
  options: ModelGraphOptions = {},
): Promise<ModelGraph> {
  checkOptions("modelGraph", options, "plan engine listings");
  checkArguments("modelGraph", { model });
  if (model.operators.length > MOST_OPERATORS) {
    throw new RangeError(
      `the model has ${model.operators.length} operators, a graph can show ${MOST_OPERATORS}`,
    );
  }
  const { engine, plan = engine?.plan } = options;
  const operators = describeOperators(model, plan);
  const { listings = engine === undefined ? new Map<number, string>() : await listingsOf(engine) } =
    options;
  return {
    svg: await drawGraph(model, operators),
    details: operators.map((each) => detailOf(model, each, listings.get(each.index) ?? null)),
  };
}

const MOST_OPERATORS = 1500;

function describeOperators(model: Model, plan: Plan | undefined): readonly DrawnOperator[] {
  const live = plan === undefined ? liveBytes(model) : [];
  const stepOf = new Map(plan?.steps.map(({ operator }, step) => [operator, step]));
  const usedOf = (index: number): number | null => {
    if (plan === undefined) return live[index];
    const step = stepOf.get(index);
    if (step === undefined) return null;
    const segment = plan.steps[step].segment;
    return usedBytes(plan, segment === null ? step : plan.segments[segment].from);
  };
  const used = model.operators.map((_, index) => usedOf(index));
  const peakBytes = Math.max(1, ...used.map((bytes) => bytes ?? 0));
  const peak = plan?.peak?.operator ?? used.indexOf(peakBytes);
  return model.operators.map((operator, index) => ({
    index,
    name: operatorName(operator),
    macs: operatorMacs(operator, model.tensors),
    usedBytes: used[index],
    isPeak: index === peak,
    peakBytes,
    remark: remarkOf(plan, index, stepOf.get(index)),
  }));
}

function remarkOf(plan: Plan | undefined, index: number, step: number | undefined): string {
  if (plan === undefined) return "";
  if (step === undefined) {
    return plan.removed.find(({ operator }) => operator === index)?.reason ?? "does not run";
  }
  const { segment, form } = plan.steps[step];
  return segment === null ? (form === "plain" ? "" : form) : `segment ${segment}`;
}

/** What `explain` tells of each layer, by operator. */
async function listingsOf(engine: Engine): Promise<ReadonlyMap<number, string>> {
  const { explain } = await import("../engine/explain.ts");
  const listings = new Map<number, string>();
  for (const [index, { operator, segment }] of engine.layers.entries()) {
    const text = await explain(engine, index);
    const { from, until } = segment === null
      ? { from: 0, until: 0 }
      : engine.plan.segments[segment];
    listings.set(operator, text);
    for (const step of engine.plan.steps.slice(from, until)) listings.set(step.operator, text);
  }
  return listings;
}

function detailOf(model: Model, each: DrawnOperator, listing: string | null): ModelGraphDetail {
  const { index, name, macs, usedBytes, peakBytes, isPeak, remark } = each;
  const { inputs, outputs } = model.operators[index];
  const known = inputs.filter((tensor) => tensor >= 0);
  const isConstant = (tensor: number) => model.tensors[tensor].data !== null;
  const facts: (readonly [string, string])[] = [
    ...known.filter((tensor) => !isConstant(tensor))
      .map((tensor) => ["reads", tensorText(model, tensor)] as const),
    ...known.filter(isConstant).map((tensor) => ["constant", tensorText(model, tensor)] as const),
    ...outputs.map((tensor) => ["writes", tensorText(model, tensor)] as const),
    ["MACs", macs === null ? "not known" : formatCount(macs)],
    [
      "bytes alive",
      usedBytes === null
        ? "none: it does not run"
        : isPeak
        ? `${bytesText(usedBytes)}: the peak`
        : `${bytesText(usedBytes)} of ${bytesText(peakBytes)} at the peak`,
    ],
    ...remark === "" ? [] : [["planned", remark] as const],
  ];
  const title = `${index} ${name}`;
  return { id: nodeOf(index), title, facts, listing: listing && beginningOf(listing) };
}

/** A kernel that is unrolled has thousands of lines. */
const MOST_LINES = 90;

function beginningOf(listing: string): string {
  const lines = listing.trimEnd().split("\n");
  if (lines.length <= MOST_LINES) return lines.join("\n");
  return `${lines.slice(0, MOST_LINES).join("\n")}\n... ${lines.length - MOST_LINES} more lines`;
}
