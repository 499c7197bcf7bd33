import { gcd } from "../allocate/buffers.ts";
import type { PlanGraph } from "../graph/plan_graph.ts";
import { valueLifetimes } from "../lifetimes.ts";
import { type OverlapRule, overlapRules } from "../overlap_rules.ts";
import { kernelScratch } from "../kernel_scratch.ts";
import type { PlanSettings } from "../plan_options.ts";
import { type OffsetItem, type OffsetProblem, roundUp, type StepRules } from "./offset_problem.ts";

/** A problem of offsets, and which item is which value. */
export interface BuiltProblem {
  readonly problem: OffsetProblem;
  /** For each item its value; -1 for scratch. */
  readonly valueOf: readonly number[];
  /** For each scratch item what it is for. */
  readonly purposeOf: readonly string[];
}

/** Items and rules of a graph whose steps run in the order given. */
export function buildProblem(
  graph: PlanGraph,
  order: readonly number[],
  settings: PlanSettings,
): BuiltProblem {
  const { model, values, steps } = graph;
  const spans = valueLifetimes(graph, order);
  const reserve = (bytes: number) =>
    settings.uses("optimal-offsets") ? bytes : roundUp(bytes, settings.alignmentBytes);
  const items: OffsetItem[] = [];
  const valueOf: number[] = [];
  const purposeOf: string[] = [];
  const itemOf = values.map((value, index) => {
    if (value.sizeBytes === 0) return -1;
    const { elementBytes } = value;
    const { alignmentBytes } = settings;
    valueOf.push(index);
    purposeOf.push("");
    return items.push({
      id: `v${index}`,
      sizeBytes: reserve(value.sizeBytes),
      alignmentBytes: alignmentBytes * elementBytes / gcd(alignmentBytes, elementBytes),
      ...spans[index],
      isScratch: false,
    }) - 1;
  });
  order.forEach((index, step) => {
    const operator = model.operators[steps[index].operator];
    scratchOf(model, operator, settings).forEach(({ purpose, sizeBytes, alignmentBytes }, i) => {
      if (sizeBytes === 0) return;
      valueOf.push(-1);
      purposeOf.push(purpose);
      items.push({
        id: `s${step}.${i}`,
        sizeBytes: reserve(sizeBytes),
        alignmentBytes,
        from: step,
        until: step + 1,
        isScratch: true,
      });
    });
  });
  const rules = order.map((index, step) => {
    const { operator, inputs, outputs, folded } = steps[index];
    const mayOverlap = settings.uses("overlap");
    if (!mayOverlap && !settings.uses("in-place-depthwise")) return noRules;
    const known = overlapRules(model, model.operators[operator], {
      folded,
      pixels: settings.pixels,
    });
    const dying = known.flatMap(({ position, ...rule }) => {
      const input = itemOf[graph.valueOf[inputs[position]]] ?? -1;
      const output = itemOf[graph.valueOf[outputs[rule.output]]] ?? -1;
      if (input === -1 || output === -1 || input === output) return [];
      // Read in another role as well (as weights, say): no rule knows when.
      const isElsewhere = inputs.some((tensor, other) =>
        tensor !== -1 && graph.valueOf[tensor] === graph.valueOf[inputs[position]] &&
        !known.some((rule) => rule.position === other)
      );
      if (isElsewhere) return [];
      // A model's output outlives the last step, whatever its lifetime says.
      if (values[valueOf[input]].isOutput) return [];
      if (items[input].until !== step + 1 || items[output].from !== step) return [];
      return [{ input, output, rule }];
    });
    const isDepthwise = model.operators[operator].op === "DEPTHWISE_CONV_2D";
    return stepRules(dying, items, {
      mayOverlap,
      inPlace: isDepthwise ? settings.uses("in-place-depthwise") : mayOverlap,
    });
  });
  return { problem: { items, steps: rules, channels: settings.channels }, valueOf, purposeOf };
}

/** What an operator's kernel works in, and the arena of the subgraphs that it runs. */
function scratchOf(
  model: PlanGraph["model"],
  operator: PlanGraph["model"]["operators"][number],
  { scratch, arenaOf, alignmentBytes }: PlanSettings,
): readonly { purpose: string; sizeBytes: number; alignmentBytes: number }[] {
  const aligned = (own: number) => alignmentBytes * own / gcd(alignmentBytes, own);
  const arena = arenaOf(operator);
  return [
    ...kernelScratch(model, operator, scratch).map((each) => (
      { ...each, alignmentBytes: aligned(4) }
    )),
    ...arena === null ? [] : [{ ...arena, alignmentBytes: aligned(arena.alignmentBytes) }],
  ];
}

const noRules: StepRules = { pairings: [], inPlace: [] };

function stepRules(
  dying: readonly {
    readonly input: number;
    readonly output: number;
    readonly rule: Omit<OverlapRule, "position">;
  }[],
  items: readonly OffsetItem[],
  { mayOverlap, inPlace }: { readonly mayOverlap: boolean; readonly inPlace: boolean },
): StepRules {
  const pairs = Map.groupBy(dying, ({ input, output }) => `${input} ${output}`);
  const pairings = [...pairs.values()].map((same) => {
    const [{ input, output }] = same;
    // What is read in several places keeps the rules of all of them.
    const rules = same.map(({ rule }) => rule);
    const forward = Math.min(...rules.map(({ forwardBytes }) => forwardBytes));
    const reverse = Math.max(...rules.map(({ reverseBytes }) => reverseBytes));
    return {
      input,
      output,
      forwardBytes: mayOverlap ? forward : -items[output].sizeBytes,
      reverseBytes: mayOverlap ? reverse : items[input].sizeBytes,
      stillBytes: mayOverlap && rules.length === 1 ? rules[0].stillBytes : null,
    };
  });
  const channelwise = inPlace && dying.length === 1 ? dying[0].rule.inPlace : [];
  if (!mayOverlap && channelwise.length === 0) return noRules;
  return { pairings, inPlace: channelwise };
}
