import type { Model, Operator } from "tinyloom";

/** One layer of a model, itself a model, and how often the model has layers like it. */
export interface SingleLayer {
  /** Operator, window, stride and channels: `DEPTHWISE_CONV_2D 40x40 3x3 s1 16 -> 16`. */
  readonly name: string;
  readonly model: Model;
  /** Layers of this name. */
  readonly count: number;
}

/** The convolutions and depthwise convolutions of a model, one of each name, in order. */
export function singleLayers(model: Model): readonly SingleLayer[] {
  const found = new Map<string, SingleLayer>();
  for (const operator of model.operators) {
    const name = convolutionName(operator, model);
    if (name === null) continue;
    const { model: layer = layerOf(operator, model), count = 0 } = found.get(name) ?? {};
    found.set(name, { name, model: layer, count: count + 1 });
  }
  return [...found.values()];
}

/** A model of one operator of another model, with its weights and quantization. */
export function layerOf(operator: Operator, { tensors, ...model }: Model): Model {
  const [used, outputs] = [operator.inputs.filter((index) => index !== -1), operator.outputs];
  const kept = [...new Set([...used, ...outputs])];
  const moved = (index: number) => kept.indexOf(index);
  return {
    ...model,
    tensors: kept.map((index) => tensors[index]),
    operators: [{ ...operator, inputs: operator.inputs.map(moved), outputs: outputs.map(moved) }],
    inputs: used.filter((index) => tensors[index].data === null).map(moved),
    outputs: outputs.map(moved),
    metadata: [],
    signatures: [],
    otherSubgraphs: [],
  };
}

function convolutionName(operator: Operator, { tensors }: Model): string | null {
  if (operator.op !== "CONV_2D" && operator.op !== "DEPTHWISE_CONV_2D") return null;
  const { op, attributes, inputs: [input, filter], outputs: [output] } = operator;
  const [, height, width, channels] = tensors[input].shape;
  const [, filterH, filterW] = tensors[filter].shape;
  const outputs = tensors[output].shape[3];
  const window = `${filterH}x${filterW} s${attributes.strideH}`;
  return `${op} ${height}x${width} ${window} ${channels} -> ${outputs}`;
}
