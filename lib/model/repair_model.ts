import { tensorText } from "./check_model.ts";
import type { Model, NamedTensor, Signature, Subgraph } from "./model.ts";
import { operatorName } from "./operator.ts";
import { hasUnknownExtents } from "./shape.ts";
import type { Tensor } from "./tensor.ts";

/**
 * A model as it was read, without what does no harm but contradicts the rest; `warn` hears of each
 * thing that was left out or put right, and of what people should know of the file.
 */
export function repaired(model: Model, warn: (warning: string) => void): Model {
  const signatures = model.signatures.flatMap((each) => wholeSignature(each, model, warn));
  const otherSubgraphs = model.otherSubgraphs.map((graph, i) =>
    repairedGraph(graph, (what) => warn(`subgraph ${i + 1}, ${what}`))
  );
  return { ...model, ...repairedGraph(model, warn), signatures, otherSubgraphs };
}

function repairedGraph<Graph extends Subgraph>(graph: Graph, warn: (what: string) => void): Graph {
  const text = (index: number) => tensorText(index, graph.tensors[index].name);
  const inputs = new Set<number>();
  for (const index of graph.inputs) {
    if (inputs.has(index) && graph.tensors[index] !== undefined) {
      warn(`${text(index)} is listed more than once as an input: what is fed last counts`);
    }
    inputs.add(index);
  }
  const edges = new Set([...graph.inputs, ...graph.outputs]);
  const symbols = graph.tensors.map(symbolicExtents);
  const tensors = graph.tensors.map((tensor, index): Tensor => {
    if (symbols[index] !== null && edges.has(index)) {
      warn(`${text(index)} has the symbolic shape [${symbols[index]}], read as [${tensor.shape}]`);
    }
    if (!inputs.has(index) || tensor.data === null) return tensor;
    warn(
      `${text(index)} is both a constant and an input: it is an input, and its data are left out`,
    );
    return { ...tensor, data: null };
  });
  graph.operators.forEach((operator, index) => {
    const where = `operator ${index} ${operatorName(operator)}`;
    if (operatorName(operator) === "edgetpu-custom-op") {
      warn(`${where}: the file is compiled for Google's Edge TPU; what it computes is not known`);
    }
    const [first, second] = operator.inputs.map((input) => tensors[input]);
    const result = tensors[operator.outputs[0]];
    if (operator.op === "SOFTMAX" && first !== undefined && result !== undefined) {
      if (first.shape.join() === result.shape.join()) return;
      warn(`${where}: its output has the shape [${result.shape}], its input [${first.shape}]`);
    }
    if (operator.op !== "CONV_2D" && operator.op !== "DEPTHWISE_CONV_2D") return;
    const points = second?.quantization?.zeroPoints ?? [];
    if (second?.dtype !== "int8" || points.every((point) => point === 0)) return;
    warn(
      `${text(operator.inputs[1])}: int8 weights with the zero point ${
        points.find((point) => point !== 0)
      }, which kernels take for 0: it is read as 0`,
    );
    const zeroPoints = points.map(() => 0);
    tensors[operator.inputs[1]] = {
      ...second,
      quantization: { ...second.quantization!, zeroPoints },
    };
  });
  const turned = graph.tensors.flatMap(({ quantization }, index) =>
    quantization?.scales.some((scale) => scale < 0) ? [index] : []
  );
  if (turned.length > 0) {
    const others = turned.length === 1 ? "" : ` and ${turned.length - 1} more`;
    warn(`${text(turned[0])}${others}: negative scales, of which both signs are turned`);
  }
  return { ...graph, tensors };
}

/** The shape with -1 for extents that are not known, but for the batch, which hardly ever is. */
function symbolicExtents(tensor: Tensor): readonly number[] | null {
  return hasUnknownExtents(tensor) ? tensor.shapeSignature! : null;
}

/** The signature without names of what is not there; none if its graph is not there. */
function wholeSignature(
  signature: Signature,
  model: Model,
  warn: (warning: string) => void,
): Signature[] {
  const { key, subgraphIndex } = signature;
  const graph = [model, ...model.otherSubgraphs][subgraphIndex];
  if (graph === undefined) {
    const count = model.otherSubgraphs.length + 1;
    warn(
      `signature "${key}" names subgraph ${subgraphIndex}, the file has ${count}: it is left out`,
    );
    return [];
  }
  const known = (names: readonly NamedTensor[]) =>
    names.filter(({ name, tensor }) => {
      if (tensor < graph.tensors.length) return true;
      warn(
        `signature "${key}" names tensor ${tensor} as "${name}", the graph has ` +
          `${graph.tensors.length}: the name is left out`,
      );
      return false;
    });
  return [{ ...signature, inputs: known(signature.inputs), outputs: known(signature.outputs) }];
}
