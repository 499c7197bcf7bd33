// Plans with edits, as a hand or a disk may make them.
import { type Model, type Plan, planMemory, zoo } from "tinyloom";
import { randomBelow } from "../model/mutations.ts";
import { randomFlow } from "../operators/random_flow.ts";
import { drawer, randomGraph } from "../plan/random_graph.ts";

/** A plan with edits, and the model that it was made for. */
export interface EditedPlan {
  readonly model: Model;
  readonly plan: Plan;
  /** What was edited. */
  readonly edits: readonly string[];
}

/** What makes the edited plan of a number: of ten plans in turn, with one to three edits. */
export function planEdits(): (index: number, seed: number) => EditedPlan {
  const plans = originals();
  return (index, seed) => {
    const random = randomBelow(seed * 1_000_003 + index);
    const { model, text } = plans[index % plans.length];
    const plan = JSON.parse(text);
    const edits = Array.from({ length: 1 + random(3) }, () => edit(plan, random));
    return { model, plan, edits };
  };
}

function originals(): readonly { readonly model: Model; readonly text: string }[] {
  const graph = (seed: number) =>
    randomGraph(drawer(seed), { operators: 8, extent: 14, channels: 5 });
  const flow = randomFlow([3, 1, 4, 1, 5, 9, 2, 6], [4, 8]);
  const sound = zoo("mlperf-tiny-ad");
  const plans: readonly (readonly [Model, Plan])[] = [
    [flow, planMemory(flow)],
    [sound, planMemory(sound)],
    [graph(12), planMemory(graph(12))],
    [graph(27), planMemory(graph(27), { techniques: [] })],
    [graph(30), planMemory(graph(30), { input: "external" })],
    [graph(50), planMemory(graph(50), { alignmentBytes: 16 })],
    [graph(7), planMemory(graph(7), { fusion: "patch" })],
    [graph(25), planMemory(graph(25), { fusion: "patch" })],
    [graph(28), planMemory(graph(28), { fusion: "rolling" })],
    [graph(12), planMemory(graph(12), { fusion: "best" })],
  ];
  return plans.map(([model, plan]) => ({ model, text: JSON.stringify(plan) }));
}

type Random = (below: number) => number;
type Holder = Record<string, unknown>;

/** Changes one value somewhere in a plan, and says which. */
function edit(plan: Holder, random: Random): string {
  const places: { readonly holder: Holder; readonly key: string; readonly path: string }[] = [];
  const visit = (value: unknown, path: string): void => {
    if (typeof value !== "object" || value === null) return;
    for (const [key, inner] of Object.entries(value)) {
      places.push({ holder: value as Holder, key, path: `${path}.${key}` });
      visit(inner, `${path}.${key}`);
    }
  };
  // Lists of segments are long: the plan's own fields are to be hit as well.
  const [name] = Object.keys(plan).slice(random(Object.keys(plan).length));
  if (random(4) === 0) places.push({ holder: plan, key: name, path: `.${name}` });
  else visit(plan[name], `.${name}`);
  if (places.length === 0) places.push({ holder: plan, key: name, path: `.${name}` });
  const { holder, key, path } = places[random(places.length)];
  const before = holder[key];
  const after = changed(before, random);
  if (after === undefined) delete holder[key];
  else holder[key] = after;
  return `${path}: ${short(before)} -> ${short(after)}`;
}

function changed(value: unknown, random: Random): unknown {
  if (random(12) === 0) return strange[random(strange.length)];
  if (typeof value === "number") return number(value, random);
  if (typeof value === "boolean") return !value;
  if (typeof value === "string") return words[random(words.length)];
  if (Array.isArray(value)) return listed(value, random);
  return value === null ? [0, 1, "b0", { top: 1, bottom: 1, left: 1, right: 1 }][random(4)] : null;
}

function number(value: number, random: Random): number {
  const near = [1, -1, 2, -2, 4, 16, -16, 64];
  const far = [0, -1, 1, 7, 255, 2 ** 16, 2 ** 31 - 1, 2 ** 31, 2 ** 32, 2 ** 53, 0.5, -1e9];
  return random(3) > 0 ? value + near[random(near.length)] : far[random(far.length)];
}

function listed(value: readonly unknown[], random: Random): unknown[] {
  const at = random(Math.max(1, value.length));
  switch (random(5)) {
    case 0:
      return [];
    case 1:
      return value.toSpliced(at, 1);
    case 2:
      return value.toSpliced(at, 0, value[random(Math.max(1, value.length))] ?? 0);
    case 3:
      return value.toReversed();
    default: {
      const other = random(Math.max(1, value.length));
      return value.map((each, i) => i === at ? value[other] : i === other ? value[at] : each);
    }
  }
}

const strange = [
  undefined,
  null,
  "",
  "x",
  -1,
  1e300,
  [],
  {},
  true,
  [[]],
  { length: 3 },
  "__proto__",
];

const words = [
  "plain",
  "overlap",
  "in-place",
  "fused",
  "forward",
  "reverse",
  "tensor",
  "ring",
  "scratch",
  "resident",
  "external",
  "rows",
  "pixels",
  "row",
  "pixel",
  "overlap",
  "none",
  "arena",
  "beside",
  "v0",
  "v1",
  "v2",
  "",
];

function short(value: unknown): string {
  return (JSON.stringify(value) ?? "missing").slice(0, 60);
}
