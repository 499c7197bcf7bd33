// The types that operators say they take, against what their references take: operators of models,
// with other types written on their tensors.
import { assertEquals } from "../assert.ts";
import { type Dtype, dtypes, type ModelTensor, type OperatorName } from "../../mod.ts";
import type { EngineOperator } from "../../lib/engine/engine_operator.ts";
import { EngineError } from "../../lib/engine/engine_error.ts";
import { engineOperators } from "../../lib/engine/operators/registry.ts";
import { definitionOf } from "../../lib/model/definition_of.ts";
import { type Sample, samples } from "./operator_samples.ts";

Deno.test("operators with inputs say of which types their data may be", () => {
  const silent = names().filter((name) =>
    definitionOf(name).inputs > 0 && !engineOperatorOf(name).types?.length
  );
  assertEquals(silent, []);
});

for (const [name, some] of samples()) {
  const { types = [], dataInput = 0 } = engineOperatorOf(name);
  if (types.length === 0) continue;
  Deno.test(`${name} takes the types that it says, and refuses all others`, () => {
    const typed = some.map((sample) => ({
      ...sample,
      data: dataInput === null ? sample.outputs[0] : sample.inputs[dataInput]!,
    }));
    for (const { data, from } of typed) assertEquals(types.includes(data.dtype), true, from);
    const taken = dtypes.filter((dtype) => typed.some((sample) => takes(name, sample, dtype)));
    assertEquals(taken, dtypes.filter((dtype) => types.includes(dtype)));
  });
}

function names(): readonly OperatorName[] {
  return Object.keys(engineOperators) as OperatorName[];
}

function engineOperatorOf(name: OperatorName): EngineOperator<OperatorName> {
  return engineOperators[name] as EngineOperator<OperatorName>;
}

/** Types that may go with those of the data: of weights, biases, states and results. */
const COMPANIONS: readonly Dtype[] = ["float32", "int8", "int16", "int32", "int64"];

/** Quantizations that arithmetic may ask for: none, of data, of probabilities, of tanh; null: as it is. */
const QUANTIZATIONS = [
  null,
  { scales: [], zeroPoints: [], axis: 0 },
  { scales: [1 / 256], zeroPoints: [0], axis: 0 },
  { scales: [1 / 256], zeroPoints: [-128], axis: 0 },
  { scales: [1 / 128], zeroPoints: [0], axis: 0 },
  { scales: [1 / 128], zeroPoints: [128], axis: 0 },
  { scales: [1 / 32768], zeroPoints: [0], axis: 0 },
];

/** Whether the reference takes data of a type, with whatever types of the other tensors. */
function takes(
  name: OperatorName,
  { data, attributes, inputs, outputs }: Sample & { readonly data: ModelTensor },
  dtype: Dtype,
): boolean {
  const kinds = [...new Set([...inputs, ...outputs].filter(isPresent).map(kindOf))];
  let turns: readonly ReadonlyMap<string, Dtype>[] = [new Map([[kindOf(data), dtype]])];
  for (const kind of kinds.filter((each) => each !== kindOf(data))) {
    const options = new Set([kind.split(" ")[0] as Dtype, dtype, ...COMPANIONS]);
    turns = turns.flatMap((turn) => [...options].map((each) => new Map([...turn, [kind, each]])));
  }
  return QUANTIZATIONS.some((quantization) =>
    turns.some((turn) => {
      const turned = (tensor: ModelTensor): ModelTensor => ({
        ...tensor,
        dtype: turn.get(kindOf(tensor))!,
        quantization: quantization ?? tensor.quantization,
      });
      return isTaken(name, {
        attributes,
        inputs: inputs.map((tensor) => isPresent(tensor) ? turned(tensor) : tensor),
        outputs: outputs.map(turned),
      });
    })
  );
}

function isTaken(name: OperatorName, operation: Omit<Sample, "from">): boolean {
  try {
    engineOperatorOf(name).reference(operation as never);
    return true;
  } catch (error) {
    // Constants are too short for wider types, and their values out of range.
    const kinds = [EngineError, RangeError, TypeError];
    if (kinds.some((kind) => error instanceof kind)) return false;
    throw error;
  }
}

function isPresent(tensor: ModelTensor | undefined): tensor is ModelTensor {
  return tensor !== undefined;
}

/** Tensors of one kind change their type together. */
function kindOf({ dtype, data }: ModelTensor): string {
  return `${dtype} ${data === null}`;
}
