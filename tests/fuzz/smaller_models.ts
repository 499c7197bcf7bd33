// Models with less in them.
import type { Model, Operator } from "tinyloom";
import { withoutParts } from "./case.ts";

/** A model without some of its operators: what these gave becomes an input, what is not read any more an output. */
export function* smallerModels(model: Model): Generator<Model> {
  for (const operators of withoutParts(model.operators)) yield compact(closed(model, operators));
}

function closed(model: Model, operators: readonly Operator[]): Model {
  const { tensors } = model;
  const written = new Set(operators.flatMap(({ outputs }) => outputs));
  const read = new Set(operators.flatMap(({ inputs }) => inputs).filter((index) => index >= 0));
  const isGiven = (index: number) => !written.has(index) && isFree(tensors[index]);
  const ends = [...written].filter((index) => !read.has(index));
  const inputs = [...read].filter(isGiven);
  const given = inputs.length > 0 || operators.length > 0 ? inputs : model.inputs.slice(0, 1);
  return {
    ...model,
    operators,
    inputs: given,
    outputs: ends.length > 0 ? ends : operators.length > 0 ? [...written] : given,
    signatures: [],
  };
}

function isFree({ data, isVariable }: Model["tensors"][number]): boolean {
  return data === null && !isVariable;
}

/** Without the tensors that nothing names. */
function compact(model: Model): Model {
  const { operators, inputs, outputs, tensors } = model;
  const named = operators.flatMap((each) => [
    ...each.inputs,
    ...each.outputs,
    ...each.intermediates ?? [],
  ]);
  const used = new Set([...named, ...inputs, ...outputs]);
  const kept = tensors.map((_, index) => index).filter((index) => used.has(index));
  const place = (index: number) => index === -1 ? -1 : kept.indexOf(index);
  return {
    ...model,
    tensors: kept.map((index) => tensors[index]),
    operators: operators.map((each) => ({
      ...each,
      inputs: each.inputs.map(place),
      outputs: each.outputs.map(place),
      ...each.intermediates && { intermediates: each.intermediates.map(place) },
    })),
    inputs: inputs.map(place),
    outputs: outputs.map(place),
  };
}
