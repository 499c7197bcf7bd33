import type { KernelCode } from "../../codegen/kernel/kernel.ts";
import { KernelBuilder } from "../../codegen/kernel/kernel_builder.ts";
import { dtypeBits } from "../../model/dtype.ts";
import type { Layer, LayerKernel, Operand } from "../layer.ts";
import { broadcastSteps } from "../reference/broadcast.ts";
import { strides } from "../reference/indices.ts";
import { collapseDimensions } from "./collapse_dimensions.ts";
import { elementLoops, type Elements } from "./element_loops.ts";

/** What makes an element-wise operator a kernel. */
export interface ElementwiseKernel {
  /** What it is called. */
  readonly kernel: string;
  /** How many of the layer's inputs are operands. */
  readonly operands: 1 | 2;
  /** Elements computed together: a vector's, or 1. */
  readonly lanes: number;
  /** Functions that the work calls. */
  readonly code?: readonly KernelCode[];
  /** Computes and stores `count` elements; it loads all of them before it stores one. */
  readonly work: (
    b: KernelBuilder,
    at: { readonly inputs: readonly Elements[]; readonly output: Elements; readonly count: number },
  ) => void;
  /** What follows the loops. */
  readonly finish?: (b: KernelBuilder) => void;
}

/** A kernel that computes every element from the elements of its operands at the same place. */
export function elementwiseKernel(
  layer: Layer,
  { kernel, operands, lanes, code = [], work, finish }: ElementwiseKernel,
): LayerKernel {
  const inputs = layer.inputs.slice(0, operands).map((input) => input!);
  const [output] = layer.outputs;
  const { shape } = output.tensor;
  const b = new KernelBuilder();
  const thread = b.parameter("thread");
  const dimensions = collapseDimensions({
    extents: shape,
    steps: [...inputs.map(({ tensor }) => broadcastSteps(tensor.shape, shape)), strides(shape)],
  });
  const { isParallel } = elementLoops(b, {
    layer,
    thread,
    tensors: [...inputs, output].map(streamOf),
    dimensions,
    lanes,
  }, (elements, count) => {
    work(b, { inputs: elements.slice(0, operands), output: elements[operands], count });
  });
  finish?.(b);
  return {
    kernel,
    schedule: [
      ...lanes > 1 ? [`vectorize by ${lanes}`] : [],
      ...isParallel ? [`parallel over ${layer.threads} threads`] : [],
    ],
    code: [b.finish(layer.name), ...code],
    isParallel,
  };
}

function streamOf({ region, tensor }: Operand) {
  return { region, elementBytes: dtypeBits(tensor.dtype) / 8 };
}
