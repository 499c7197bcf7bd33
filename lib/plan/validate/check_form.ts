import { techniqueNames } from "../techniques.ts";
import { finding, type PlanFinding } from "./check_removed.ts";

/**
 * Whether a value has the form of a plan, as one that was read from a file may not: the first part that
 * has not, by its path. Numbers are whole and below 2^32 where bytes, steps and tensors are counted.
 */
export function checkForm(plan: unknown): PlanFinding[] {
  const wrong = planForm(plan, "");
  return wrong === null ? [] : [finding(wrong)];
}

/** What is wrong with a value at a path, in words; null: nothing. */
type Form = (value: unknown, path: string) => string | null;

function form(is: (value: unknown) => boolean, needed: string): Form {
  return (value, path) => is(value) ? null : `${path} is ${shown(value)}, needed ${needed}`;
}

const isWhole = (value: unknown, least: number) =>
  Number.isInteger(value) && (value as number) >= least && (value as number) < 2 ** 32;
const whole = form((value) => isWhole(value, 0), "a whole number from 0 to 2^32 - 1");
const count = form((value) => isWhole(value, 1), "a whole number from 1 to 2^32 - 1");
const tensor = form((value) => isWhole(value, -1), "a tensor's index, or -1");
const number = form((value) => Number.isFinite(value), "a number");
const text = form((value) => typeof value === "string", "a text");
const flag = form((value) => typeof value === "boolean", "true or false");

function oneOf(...known: readonly (string | number)[]): Form {
  return form(
    (value) => known.includes(value as string),
    known.map((each) => JSON.stringify(each)).join(" or "),
  );
}

function orNull(inner: Form): Form {
  return (value, path) => value === null ? null : inner(value, path);
}

/** Fields that later versions added may be missing, and so may those that only say more. */
function maybe(inner: Form): Form {
  return (value, path) => value === undefined ? null : orNull(inner)(value, path);
}

function list(inner: Form, length?: number): Form {
  const needed = length === undefined ? "a list" : `a list of ${length}`;
  return (value, path) => {
    if (!Array.isArray(value) || value.length !== (length ?? value.length)) {
      return `${path} is ${shown(value)}, needed ${needed}`;
    }
    for (let i = 0; i < value.length; i++) {
      const wrong = inner(value[i], `${path}[${i}]`);
      if (wrong !== null) return wrong;
    }
    return null;
  };
}

function record(fields: Readonly<Record<string, Form>>): Form {
  return (value, path) => {
    if (typeof value !== "object" || value === null || Array.isArray(value)) {
      return `${path || "the plan"} is ${shown(value)}, needed an object`;
    }
    for (const [name, inner] of Object.entries(fields)) {
      const own = Object.hasOwn(value, name) ? value[name as keyof typeof value] : undefined;
      const wrong = inner(own, path === "" ? name : `${path}.${name}`);
      if (wrong !== null) return wrong;
    }
    return null;
  };
}

function shown(value: unknown): string {
  if (value === undefined) return "missing";
  const words = typeof value === "number" ? String(value) : JSON.stringify(value) ?? typeof value;
  return words.length > 40 ? `${words.slice(0, 40)}...` : words;
}

const direction = oneOf("forward", "reverse");
const stepForm = oneOf("plain", "overlap", "in-place", "fused");
const technique = oneOf(...techniqueNames);
const padding = record({ top: whole, bottom: whole, left: whole, right: whole });
const extent = list(whole, 2);

const step = record({
  operator: whole,
  name: text,
  inputs: list(tensor),
  outputs: list(tensor),
  form: stepForm,
  direction,
  pixelsAtOnce: orNull(count),
  delayPixels: whole,
  channelsAtOnce: orNull(count),
  foldedPadding: orNull(padding),
  segment: orNull(whole),
  scratch: list(text),
  ring: orNull(text),
});

const buffer = record({
  id: text,
  kind: oneOf("tensor", "ring", "scratch"),
  name: text,
  tensors: list(whole),
  offsetBytes: whole,
  sizeBytes: whole,
  alignmentBytes: count,
  from: whole,
  until: whole,
  shares: list(record({ buffer: text, step: whole })),
});

const ring = record({
  tensor: whole,
  buffer: text,
  offsetBytes: whole,
  layout: oneOf("rows", "pixels"),
  pixelBytes: whole,
  rows: whole,
  rowBytes: whole,
  pixels: whole,
  mirrorPixels: whole,
});

const computeStep = record({ operator: whole, rows: extent, columns: extent });
const reduceStep = record({
  reduce: whole,
  rows: extent,
  columns: extent,
  isFirst: flag,
  isLast: flag,
});
const copyStep = record({ copy: whole, fromByte: whole, toByte: whole, sizeBytes: whole });

const microStep: Form = (value, path) => {
  const has = (name: string) => Object.hasOwn(Object(value), name);
  return (has("copy") ? copyStep : has("reduce") ? reduceStep : computeStep)(value, path);
};

const segment = record({
  kind: oneOf("rolling", "patch"),
  from: whole,
  until: whole,
  granularity: orNull(oneOf("row", "pixel")),
  tiles: list(count, 2),
  direction,
  inputs: list(whole),
  outputs: list(whole),
  rings: list(ring),
  sumsByte: orNull(whole),
  workspaceByte: whole,
  workspaceBytes: whole,
  macs: number,
  macFactor: number,
  passes: list(record({
    rows: extent,
    columns: extent,
    windows: list(record({ tensor: whole, firstColumn: whole, columns: whole })),
    microSteps: list(microStep),
  })),
});

// What is no whole number or no place, its own check says.
const any = form((value) => typeof value === "number", "a number");
const scratch = record({
  steps: list(record({ step: any, kernel: text, place: text, offsetBytes: any, sizeBytes: any })),
  besideBytes: any,
});

const planForm = record({
  schemaVersion: oneOf(1),
  model: text,
  techniques: list(technique),
  input: oneOf("resident", "external"),
  alignmentBytes: count,
  inputs: list(whole),
  outputs: list(whole),
  fusion: oneOf("none", "patch", "rolling", "best"),
  segments: list(segment),
  steps: list(step),
  removed: list(record({
    operator: whole,
    name: text,
    technique: oneOf(...techniqueNames, "fold-constants"),
  })),
  external: list(whole),
  stateBytes: whole,
  subgraphs: maybe((value, path) => subgraphs(value, path)),
  scratch: maybe(scratch),
  buffers: list(buffer),
  peakBytes: whole,
  lowerBoundBytes: whole,
  unknown: maybe(list(text)),
  macFactor: number,
});

/** Plans of subgraphs hold none themselves. */
const subgraphs: Form = list(record({
  subgraph: count,
  plan: (value, path) => planForm(value, path),
}));
