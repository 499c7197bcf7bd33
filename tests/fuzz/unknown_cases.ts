import {
  createEngine,
  devices,
  EngineError,
  fits,
  flashBytes,
  lifetimes,
  liveBytes,
  macs,
  type Model,
  ModelError,
  type ModelTensor,
  operatorMacs,
  overlapRules,
  parameterCount,
  planMemory,
  readModel,
  runReference,
  summarize,
  validatePlan,
  weightsBytes,
  writeModel,
} from "tinyloom";
import { type Draw, drawer } from "../plan/random_graph.ts";
import { type Kind, plainCase, plainValue, seedOf } from "./case.ts";
import { edited, type LoneOperator, loneOperators, modelOf } from "./operator_edits.ts";

/** A model with extents that are not known, and whether it is one with others in their place. */
interface OpenModel {
  readonly model: Model;
  readonly isRight: boolean;
}

/** Operators with extents that are not known: checked as far as the rest goes, and never counted as NaN. */
export function unknownCases(): Kind {
  const all = loneOperators();
  const caseOf = (each: OpenModel) => plainCase(each, { run: tryUnknown, smaller });
  return {
    night: 50_000,
    mostMs: 10_000,
    make: (index, seed) => {
      const draw = drawer(seedOf(index, seed));
      const alike = all[index % all.length];
      const operator = alike[draw(alike.length)];
      const isRight = draw(3) > 0;
      return caseOf({
        model: modelOf(opened(isRight ? operator : edited(operator, draw), draw)),
        isRight,
      });
    },
    read: (file) => caseOf(plainValue(file)),
  };
}

/** Some extents behind the batch are not known, and what stands in their place may be any. */
function opened(operator: LoneOperator, draw: Draw): LoneOperator {
  const open = (tensor: ModelTensor): ModelTensor => {
    if (tensor.data !== null || tensor.isVariable || tensor.shape.length < 2) return tensor;
    const isOpen = tensor.shape.map((_, axis) => axis > 0 && draw(2) === 0);
    if (!isOpen.includes(true)) return tensor;
    const other = (extent: number) => draw(2) === 0 ? extent : [1, 1, 2, 3, 7][draw(5)];
    return {
      ...tensor,
      shape: tensor.shape.map((extent, axis) => isOpen[axis] ? other(extent) : extent),
      shapeSignature: tensor.shape.map((extent, axis) => isOpen[axis] ? -1 : extent),
    };
  };
  return {
    ...operator,
    inputs: operator.inputs.map((each) => each && open(each)),
    outputs: operator.outputs.map(open),
  };
}

/** The same with fewer extents that are not known. */
function* smaller({ model, isRight }: OpenModel): Generator<OpenModel> {
  for (const [index, { shapeSignature, ...tensor }] of model.tensors.entries()) {
    if (shapeSignature === undefined) continue;
    yield { isRight, model: { ...model, tensors: model.tensors.with(index, tensor) } };
  }
}

function tryUnknown({ model: given, isRight }: OpenModel): string {
  let model: Model;
  try {
    model = readModel(writeModel(given));
  } catch (error) {
    if (!(error instanceof ModelError)) throw error;
    if (isRight) throw new Error(`it is refused: ${error.message}`, { cause: error });
    return "refused";
  }
  const isOpen = model.tensors.some(({ shapeSignature }) => shapeSignature?.includes(-1));
  const counts = {
    macs: macs(model),
    each: model.operators.map((operator) => operatorMacs(operator, model.tensors)),
    live: liveBytes(model),
    parameters: parameterCount(model),
    weights: weightsBytes(model),
    flash: flashBytes(model),
    lifetimes: lifetimes(model),
    summary: summarize(model),
    rules: model.operators.map((operator) => overlapRules(model, operator)),
  };
  checkNumbers(counts, "counts");
  for (const fusion of ["none", "patch", "rolling", "best"] as const) {
    const plan = planMemory(model, { fusion, timeLimitMs: 200 });
    checkNumbers(plan, fusion);
    const [finding] = validatePlan(plan, model);
    if (finding !== undefined) throw new Error(`${fusion}: ${finding.message}`);
    const { unknown, optimal } = plan;
    if (isOpen && (unknown.length === 0 || optimal || fits(plan, devices.nano33iot).fits)) {
      throw new Error(`${fusion}: it is said to be optimal or to fit`);
    }
  }
  if (!isOpen) return "known";
  const [right, found] = [() => runReference(model, []), () => createEngine(model)].map(refusalOf);
  if (right === null || right !== found) throw new Error(`"${found}", the reference "${right}"`);
  return "planned";
}

function refusalOf(act: () => unknown): string | null {
  try {
    act();
    return null;
  } catch (error) {
    if (error instanceof EngineError) return `${error}`;
    throw error;
  }
}

/** No number in it is NaN, negative zero aside, or endless where it is not asked for. */
function checkNumbers(value: unknown, path: string): void {
  if (Number.isNaN(value)) throw new Error(`${path} is NaN`);
  if (typeof value !== "object" || value === null) return;
  for (const [key, inner] of Object.entries(value)) checkNumbers(inner, `${path}.${key}`);
}
