import {
  anyNumber,
  flag,
  type Form,
  form,
  list,
  number,
  oneOf,
  orNull,
  record,
  text,
  whole,
} from "../../form.ts";
import { techniqueNames } from "../techniques.ts";
import { finding, type PlanFinding } from "./check_removed.ts";

/**
 * Whether a value has the form of a plan, as one that was read from a file may not: the first part that
 * has not, by its path. Numbers are whole and below 2^32 where bytes, steps and tensors are counted.
 */
export function checkForm(plan: unknown): PlanFinding[] {
  const wrong = planForm(plan, "$");
  return wrong === null ? [] : [finding(wrong)];
}

const MOST = 2 ** 32 - 1;
const natural = whole(0, MOST);
const count = whole(1, MOST);
const tensor = form(
  (value) => Number.isInteger(value) && (value as number) >= -1 && (value as number) <= MOST,
  "a tensor's index, or -1",
);

/** Fields that later versions added may be missing, and so may those that only say more. */
function maybe(inner: Form): Form {
  return (value, path) => value === undefined ? null : orNull(inner)(value, path);
}

const direction = oneOf("forward", "reverse");
const stepForm = oneOf("plain", "overlap", "in-place", "fused");
const technique = oneOf(...techniqueNames);
const padding = record({ top: natural, bottom: natural, left: natural, right: natural });
const extent = list(natural, 2);

const step = record({
  operator: natural,
  name: text,
  inputs: list(tensor),
  outputs: list(tensor),
  form: stepForm,
  direction,
  pixelsAtOnce: orNull(count),
  delayPixels: natural,
  channelsAtOnce: orNull(count),
  foldedPadding: orNull(padding),
  segment: orNull(natural),
  scratch: list(text),
  ring: orNull(text),
});

const buffer = record({
  id: text,
  kind: oneOf("tensor", "ring", "scratch"),
  name: text,
  tensors: list(natural),
  offsetBytes: natural,
  sizeBytes: natural,
  alignmentBytes: count,
  from: natural,
  until: natural,
  shares: list(record({ buffer: text, step: natural })),
});

const ring = record({
  tensor: natural,
  buffer: text,
  offsetBytes: natural,
  layout: oneOf("rows", "pixels"),
  pixelBytes: natural,
  rows: natural,
  rowBytes: natural,
  pixels: natural,
  mirrorPixels: natural,
});

const computeStep = record({ operator: natural, rows: extent, columns: extent });
const reduceStep = record({
  reduce: natural,
  rows: extent,
  columns: extent,
  isFirst: flag,
  isLast: flag,
});
const copyStep = record({ copy: natural, fromByte: natural, toByte: natural, sizeBytes: natural });

const microStep: Form = (value, path) => {
  const has = (name: string) => Object.hasOwn(Object(value), name);
  return (has("copy") ? copyStep : has("reduce") ? reduceStep : computeStep)(value, path);
};

const segment = record({
  kind: oneOf("rolling", "patch"),
  from: natural,
  until: natural,
  granularity: orNull(oneOf("row", "pixel")),
  tiles: list(count, 2),
  direction,
  inputs: list(natural),
  outputs: list(natural),
  rings: list(ring),
  sumsByte: orNull(natural),
  workspaceByte: natural,
  workspaceBytes: natural,
  macs: number,
  macFactor: number,
  passes: list(record({
    rows: extent,
    columns: extent,
    windows: list(record({ tensor: natural, firstColumn: natural, columns: natural })),
    microSteps: list(microStep),
  })),
});

// What is no whole number or no place, its own check says.
const scratch = record({
  steps: list(record({
    step: anyNumber,
    kernel: text,
    place: text,
    offsetBytes: anyNumber,
    sizeBytes: anyNumber,
  })),
  besideBytes: anyNumber,
});

/** What sums a plan up; nothing runs by it. */
const summary = {
  lowerBoundReason: text,
  optimal: flag,
  orderOptimal: flag,
  method: text,
  peak: orNull(record({
    step: natural,
    operator: natural,
    name: text,
    usedBytes: natural,
    live: list(record({ tensor, name: text, sizeBytes: natural })),
  })),
  flashBytes: number,
  flash: record({
    weightsBytes: number,
    biasBytes: number,
    quantizationBytes: number,
    codeBytes: number,
  }),
  fit: orNull(record({ fits: flag, reason: text })),
};

const planForm: Form = record({
  schemaVersion: oneOf(1),
  model: text,
  techniques: list(technique),
  input: oneOf("resident", "external"),
  alignmentBytes: count,
  inputs: list(natural),
  outputs: list(natural),
  fusion: oneOf("none", "patch", "rolling", "best"),
  segments: list(segment),
  steps: list(step),
  removed: list(record({
    operator: natural,
    name: text,
    technique: oneOf(...techniqueNames, "fold-constants"),
    reason: maybe(text),
  })),
  external: list(natural),
  stateBytes: natural,
  subgraphs: maybe((value, path) => subgraphs(value, path)),
  scratch: maybe(scratch),
  buffers: list(buffer),
  peakBytes: natural,
  lowerBoundBytes: natural,
  unknown: maybe(list(text)),
  macFactor: number,
  ...Object.fromEntries(Object.entries(summary).map(([name, inner]) => [name, maybe(inner)])),
});

/** Of a plan that is read from a file nothing may be missing. */
const wholePlan = record(summary);
export const savedPlanForm: Form = (value, path) => planForm(value, path) ?? wholePlan(value, path);

/** Plans of subgraphs hold none themselves. */
const subgraphs: Form = list(record({
  subgraph: count,
  plan: (value, path) => planForm(value, path),
}));
