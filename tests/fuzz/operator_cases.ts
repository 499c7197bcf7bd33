import {
  type ConstantArray,
  createEngine,
  elements,
  EngineError,
  macs,
  type Model,
  ModelError,
  PlanError,
  randomFrame,
  readModel,
  run,
  runReference,
  sizeBytes,
  writeModel,
} from "tinyloom";
import { assertClose } from "../engine/same_as_reference.ts";
import { Numbers } from "../engine/random_layer.ts";
import { randomValues } from "../engine/random_tensor.ts";
import { drawer } from "../plan/random_graph.ts";
import { type Kind, plainCase, plainValue, seedOf } from "./case.ts";
import { edited, loneOperators, modelOf } from "./operator_edits.ts";
import { smallerModels } from "./smaller_models.ts";

/** A model of few operators, and the seed of what it is run on. */
interface SmallModel {
  readonly model: Model;
  readonly seed: number;
}

/** Operators with other types, quantizations, attributes and constants: reference beside engine. */
export function operatorCases(): Kind {
  const all = loneOperators();
  const caseOf = (each: SmallModel) => plainCase(each, { run: tryOperator, smaller });
  return {
    night: 100_000,
    mostMs: 10_000,
    make: (index, seed) => {
      const draw = drawer(seedOf(index, seed));
      const alike = all[index % all.length];
      let operator = alike[draw(alike.length)];
      for (let edits = draw(4); edits > 0; edits--) operator = edited(operator, draw);
      const padding = draw(4) === 0 ? [draw(2), draw(2), draw(2), draw(2)] : null;
      return caseOf({ model: modelOf(operator, padding), seed: draw(1000) });
    },
    read: (file) => caseOf(plainValue(file)),
  };
}

function* smaller({ model, seed }: SmallModel): Generator<SmallModel> {
  for (const less of smallerModels(model)) yield { model: less, seed };
  for (const [index, tensor] of model.tensors.entries()) {
    const { data, quantization } = tensor;
    const plain = [
      ...data?.some((byte) => byte !== 0) ? [{ ...tensor, data: new Uint8Array(data.length) }] : [],
      ...quantization !== null ? [{ ...tensor, quantization: null }] : [],
    ];
    for (const each of plain) {
      yield { model: { ...model, tensors: model.tensors.with(index, each) }, seed };
    }
  }
}

/** Larger models take time by rights. */
const MOST_WORK = 5_000_000;

function tryOperator({ model: given, seed }: SmallModel): string {
  const model = asFile(given);
  if (model === null) return "not a model";
  if (workOf(model) > MOST_WORK) return "too large";
  const frames = framesOf(model, seed);
  let isRefused = false;
  for (const frame of frames) {
    const right = attempt(() => runReference(model, frame).outputs);
    for (const checked of [false, true]) {
      const found = attempt(() => {
        using engine = createEngine(model, { checked });
        return run(engine, frame);
      });
      compare(right, found, checked ? "checked" : "unchecked");
    }
    if (typeof right === "string") isRefused = true;
  }
  return isRefused ? "refused" : "ran";
}

/** The model as it comes out of a file; null if it is none. */
function asFile(model: Model): Model | null {
  try {
    return readModel(writeModel(model));
  } catch (error) {
    const isRefused = error instanceof ModelError || error instanceof RangeError ||
      error instanceof TypeError;
    if (isRefused) return null;
    throw error;
  }
}

function workOf(model: Model): number {
  const windows = model.operators.map(({ attributes, outputs }) => {
    const { filterH = 1, filterW = 1 } = attributes as { filterH?: number; filterW?: number };
    const [first] = outputs.map((index) => elements(model.tensors[index].shape));
    return filterH * filterW * (first ?? 0);
  });
  const bytes = model.tensors.reduce((sum, tensor) => sum + sizeBytes(tensor), 0);
  return macs(model) + bytes + Math.max(...windows);
}

/** What the model is made for, and numbers of all kinds; where that cannot be made, nothing. */
function framesOf(model: Model, seed: number): readonly (readonly ConstantArray[])[] {
  const random = new Numbers(seed);
  try {
    return [
      randomFrame(model, { seed }),
      model.inputs.map((index) => {
        const values = randomValues(model.tensors[index], random);
        if (values instanceof Float32Array && values.length > 0 && seed % 4 === 0) {
          values[seed % values.length] = [NaN, Infinity, -Infinity, 1e38][seed >> 2 & 3];
        }
        return values;
      }),
    ];
  } catch {
    return [[]];
  }
}

type Found = readonly ConstantArray[] | string;

/** What is computed, or the class and the words in which it is refused. */
function attempt(compute: () => readonly ConstantArray[]): Found {
  try {
    return compute();
  } catch (error) {
    const kinds = [EngineError, ModelError, PlanError, RangeError];
    if (error instanceof TypeError && /input/.test(error.message)) return `${error}`;
    if (kinds.some((kind) => error instanceof kind)) return `${error}`;
    throw error;
  }
}

function compare(right: Found, found: Found, what: string): void {
  if (typeof right === "string" || typeof found === "string") {
    if (right === found) return;
    const said = [found, right].map((each) => typeof each === "string" ? each : "ran");
    throw new Error(`${what}: "${said[0]}", the reference "${said[1]}"`);
  }
  right.forEach((values, output) => {
    // Float sums that overflow do so in an order that is nobody's business.
    const isFinite = !(values instanceof Float32Array) || values.every(Number.isFinite);
    if (isFinite) assertClose(found[output], values, `${what}: output ${output}`);
  });
}
