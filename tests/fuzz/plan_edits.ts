// Plans with edits, as a hand or a disk may make them.
import { type Model, type Plan, planMemory, zoo } from "tinyloom";
import type { Random } from "../model/mutations.ts";
import { randomFlow } from "../operators/random_flow.ts";
import { drawer, randomGraph } from "../plan/random_graph.ts";

/** One value somewhere in a plan that is another one, or gone. */
export interface PlanEdit {
  /** Keys from the plan to the value. */
  readonly path: readonly string[];
  /** What stands there then; left out: nothing. */
  readonly to?: unknown;
}

/** Edits of one of the plans, in order. */
export interface EditedPlan {
  /** The plan's number. */
  readonly original: number;
  readonly edits: readonly PlanEdit[];
}

/** A plan and the model that it was made for. */
export interface PlanOfModel {
  readonly model: Model;
  readonly plan: Plan;
}

/** The edits of a number: of ten plans in turn, one to three. */
export function editsOf(index: number, random: Random): EditedPlan {
  const original = index % originals().length;
  const plan = JSON.parse(originals()[original].text);
  const edits = Array.from({ length: 1 + random(3) }, () => {
    const made = randomEdit(plan, random);
    apply(plan, made);
    return made;
  });
  return { original, edits };
}

/** The plan with its edits; null where one of them is of a place that is not there. */
export function editedPlan({ original, edits }: EditedPlan): PlanOfModel | null {
  const { model, text } = originals()[original];
  const plan = JSON.parse(text);
  return edits.every((edit) => apply(plan, edit)) ? { model, plan } : null;
}

/** Whether the place is there. */
function apply(plan: Holder, { path, ...rest }: PlanEdit): boolean {
  let holder: unknown = plan;
  for (const key of path.slice(0, -1)) holder = (holder as Holder | undefined | null)?.[key];
  const last = path[path.length - 1];
  if (typeof holder !== "object" || holder === null) return false;
  if ("to" in rest) (holder as Holder)[last] = structuredClone(rest.to);
  else delete (holder as Holder)[last];
  return true;
}

let made: readonly { readonly model: Model; readonly text: string }[] | undefined;

/** The plans, made when they are asked for. */
function originals(): NonNullable<typeof made> {
  return made ??= makeOriginals();
}

function makeOriginals(): readonly { readonly model: Model; readonly text: string }[] {
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

type Holder = Record<string, unknown>;

/** A change of one value somewhere in a plan. */
function randomEdit(plan: Holder, random: Random): PlanEdit {
  const places: { readonly holder: Holder; readonly path: readonly string[] }[] = [];
  const visit = (value: unknown, path: readonly string[]): void => {
    if (typeof value !== "object" || value === null) return;
    for (const [key, inner] of Object.entries(value)) {
      places.push({ holder: value as Holder, path: [...path, key] });
      visit(inner, [...path, key]);
    }
  };
  // Lists of segments are long: the plan's own fields are to be hit as well.
  const [name] = Object.keys(plan).slice(random(Object.keys(plan).length));
  if (random(4) === 0) places.push({ holder: plan, path: [name] });
  else visit(plan[name], [name]);
  if (places.length === 0) places.push({ holder: plan, path: [name] });
  const { holder, path } = places[random(places.length)];
  const to = changed(holder[path[path.length - 1]], random);
  return to === undefined ? { path } : { path, to };
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
