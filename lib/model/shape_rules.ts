import type { StrideAttributes, StridedSliceAttributes } from "./attributes.ts";
import { constantValues } from "./constant.ts";
import { dtypeBits } from "./dtype.ts";
import type { OpaqueOperator, Operator } from "./operator.ts";
import { elements, MAX_RANK } from "./shape.ts";
import type { Tensor } from "./tensor.ts";
import { windowExtent } from "./window.ts";

type Typed = Exclude<Operator, OpaqueOperator>;

/** The tensors of an operator in its order; null for an input that is left out. */
interface Operands {
  readonly inputs: readonly (Tensor | null)[];
  readonly outputs: readonly Tensor[];
}

/**
 * What keeps the shapes of an operator's tensors, or the attributes they hang on, from fitting
 * together; null if nothing does. The counts of inputs and outputs have been checked.
 */
export function shapeFault(operator: Typed, operands: Operands): string | null {
  const { inputs, outputs } = operands;
  // With extents unknown until run time, a file's shapes are placeholders (a batch of 1 is not).
  const isPlaceholder = (tensor: Tensor | null) => tensor?.shapeSignature?.includes(-1, 1) ?? false;
  if (inputs.some(isPlaceholder) || outputs.some(isPlaceholder)) return null;
  const [input, second] = inputs as Tensor[];
  const [output] = outputs;
  switch (operator.op) {
    case "ADD":
    case "SUB":
    case "MUL":
      return expectShape(output, broadcast(input.shape, second.shape));
    case "CONV_2D":
      return convolutionFault(operator.attributes, operands) ??
        convolutionChannels(input, second, output) ?? biasFault(inputs[2], second.shape[0]);
    case "DEPTHWISE_CONV_2D":
      return convolutionFault(operator.attributes, operands) ??
        depthwiseChannels(operator.attributes.depthMultiplier, input, second) ??
        expectExtent(output, 3, second.shape[3]) ?? biasFault(inputs[2], second.shape[3]);
    case "AVERAGE_POOL_2D":
    case "MAX_POOL_2D":
      return poolFault(operator.attributes, input, output);
    case "FULLY_CONNECTED":
      return fullyConnectedFault(input, second, output) ?? biasFault(inputs[2], second.shape[0]);
    case "SVDF":
      return svdfFault(operator.attributes.rank, operands);
    case "DEQUANTIZE":
    case "HARD_SWISH":
    case "LEAKY_RELU":
    case "LOGISTIC":
    case "QUANTIZE":
    case "RELU":
    case "RELU6":
    case "SOFTMAX":
    case "TANH":
      return expectShape(output, input.shape);
    case "RESHAPE":
    case "SQUEEZE":
    case "EXPAND_DIMS":
      return expectElements(output, elements(input.shape));
    case "TRANSPOSE":
      return transposeFault(input, second, output);
    case "PAD":
      return padFault(input, second, output);
    case "CONCATENATION":
      return concatenationFault(operator.attributes.axis, inputs as Tensor[], output);
    case "PACK":
      return packFault(operator.attributes, inputs as Tensor[], output);
    case "SPLIT":
      return splitFault(operator.attributes.numSplits, second, outputs);
    case "STRIDED_SLICE":
      return sliceFault(operator.attributes, inputs as Tensor[], output);
    case "MEAN":
      return meanFault(input, second, output);
    case "RESIZE_NEAREST_NEIGHBOR":
      return resizeFault(input, second, output);
  }
}

function expectShape(tensor: Tensor, shape: readonly number[] | null): string | null {
  if (shape === null) return "inputs of shapes that do not broadcast";
  if (sameShape(tensor.shape, shape)) return null;
  return `output of shape [${tensor.shape}], needed [${shape}]`;
}

function expectExtent(tensor: Tensor, axis: number, extent: number): string | null {
  if (tensor.shape[axis] === extent) return null;
  return `output of shape [${tensor.shape}], needed ${extent} in dimension ${axis}`;
}

function expectElements(tensor: Tensor, count: number): string | null {
  if (elements(tensor.shape) === count) return null;
  return `output of shape [${tensor.shape}], needed ${count} elements`;
}

function sameShape(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((extent, axis) => extent === b[axis]);
}

/** The common shape of two operands, or null: aligned at the end, an extent of 1 stretches. */
function broadcast(a: readonly number[], b: readonly number[]): number[] | null {
  const rank = Math.max(a.length, b.length);
  const shape = [];
  for (let i = rank; i > 0; i--) {
    const left = a[a.length - i] ?? 1;
    const right = b[b.length - i] ?? 1;
    if (left !== right && left !== 1 && right !== 1) return null;
    shape.push(left === 1 ? right : left);
  }
  return shape;
}

function rankFault(what: string, tensor: Tensor, rank: number): string | null {
  if (tensor.shape.length === rank) return null;
  return `${what} of shape [${tensor.shape}], needed ${rank} dimensions`;
}

function windowFault(
  attributes: StrideAttributes,
  window: {
    input: Tensor;
    output: Tensor;
    filter: readonly [number, number];
    dilation?: readonly [number, number];
  },
): string | null {
  const { input, output, filter, dilation = [1, 1] } = window;
  const fault = rankFault("input", input, 4) ?? rankFault("output", output, 4);
  if (fault !== null) return fault;
  const strides = [attributes.strideH, attributes.strideW];
  const bad = [...strides, ...dilation, ...filter].find((step) => step < 1);
  if (bad !== undefined) return `a stride, dilation or window extent of ${bad}, needed at least 1`;
  for (const i of [0, 1]) {
    const extent = windowExtent({
      input: input.shape[i + 1],
      filter: filter[i],
      stride: strides[i],
      dilation: dilation[i],
      padding: attributes.padding,
    });
    const wrong = expectExtent(output, i + 1, extent.output);
    if (wrong !== null) return wrong;
  }
  return expectExtent(output, 0, input.shape[0]);
}

function convolutionFault(
  attributes: StrideAttributes & { dilationH: number; dilationW: number },
  { inputs, outputs: [output] }: Operands,
): string | null {
  const [input, filter] = inputs as Tensor[];
  return rankFault("filter", filter, 4) ?? windowFault(attributes, {
    input,
    output,
    filter: [filter.shape[1], filter.shape[2]],
    dilation: [attributes.dilationH, attributes.dilationW],
  });
}

/** Groups follow from the shapes: the filter takes `channels / groups`. */
function convolutionChannels(input: Tensor, filter: Tensor, output: Tensor): string | null {
  const [channels, perGroup, filters] = [input.shape[3], filter.shape[3], filter.shape[0]];
  const groups = channels / perGroup;
  if (!(Number.isInteger(groups) && groups >= 1 && filters % groups === 0)) {
    return `filter [${filter.shape}] on an input of ${channels} channels`;
  }
  return expectExtent(output, 3, filters);
}

function depthwiseChannels(multiplier: number, input: Tensor, filter: Tensor): string | null {
  const [channels, filters] = [input.shape[3], filter.shape[3]];
  const found = filters / channels;
  if (filter.shape[0] === 1 && Number.isInteger(found) && found >= 1) {
    if (multiplier === 0 || multiplier === found) return null;
    return `depth multiplier ${multiplier}, but ${filters} filters on ${channels} channels`;
  }
  return `filter [${filter.shape}] on an input of ${channels} channels, needed [1, h, w, multiple]`;
}

function biasFault(bias: Tensor | null | undefined, outputs: number): string | null {
  if (bias === null || bias === undefined || elements(bias.shape) === outputs) return null;
  return `bias of shape [${bias.shape}], needed ${outputs} elements`;
}

function poolFault(
  attributes: StrideAttributes & { filterH: number; filterW: number },
  input: Tensor,
  output: Tensor,
): string | null {
  const filter = [attributes.filterH, attributes.filterW] as const;
  return windowFault(attributes, { input, output, filter }) ??
    expectExtent(output, 3, input.shape[3]);
}

function fullyConnectedFault(input: Tensor, weights: Tensor, output: Tensor): string | null {
  const fault = rankFault("weights", weights, 2);
  if (fault !== null) return fault;
  const [units, depth] = weights.shape;
  const batches = elements(input.shape) / depth;
  if (!Number.isInteger(batches)) {
    return `weights [${weights.shape}] on an input of shape [${input.shape}]`;
  }
  return expectElements(output, batches * units);
}

function svdfFault(rank: number, { inputs, outputs: [output] }: Operands): string | null {
  const [input, feature, time, bias, state] = inputs;
  for (const [what, tensor] of Object.entries({ input, feature, time, state, output })) {
    const fault = rankFault(what, tensor as Tensor, 2);
    if (fault !== null) return fault;
  }
  const [batches, depth] = (input as Tensor).shape;
  const [filters, featureDepth] = (feature as Tensor).shape;
  const [timeFilters, memory] = (time as Tensor).shape;
  const units = filters / rank;
  if (!(Number.isInteger(units) && units >= 1)) return `rank ${rank} of ${filters} filters`;
  if (featureDepth !== depth || timeFilters !== filters) {
    return `feature weights [${feature!.shape}] and time weights [${time!.shape}] on an input ` +
      `of shape [${input!.shape}]`;
  }
  if (!sameShape(state!.shape, [batches, memory * filters])) {
    return `state of shape [${state!.shape}], needed [${batches}, ${memory * filters}]`;
  }
  return expectShape(output, [batches, units]) ?? biasFault(bias, units);
}

// Two numbers a dimension, and one more so that a longer list is still seen to be too long.
const LONGEST_LIST = 2 * MAX_RANK + 1;

/** The elements of a constant integer tensor; null when they are not known before the run. */
function known(tensor: Tensor): number[] | null {
  if (tensor.data === null || tensor.isSparse) return null;
  if (tensor.dtype !== "int32" && tensor.dtype !== "int64") return null;
  const data = tensor.data.subarray(0, LONGEST_LIST * dtypeBits(tensor.dtype) / 8);
  return Array.from(constantValues({ ...tensor, data }) as ArrayLike<number | bigint>, Number);
}

/** An axis counted from the front, or null if there is none such. */
function fromFront(axis: number, rank: number): number | null {
  const index = axis < 0 ? axis + rank : axis;
  return Number.isInteger(index) && index >= 0 && index < rank ? index : null;
}

function transposeFault(input: Tensor, order: Tensor, output: Tensor): string | null {
  const permutation = known(order);
  if (permutation === null) return expectElements(output, elements(input.shape));
  const rank = input.shape.length;
  const axes = permutation.map((axis) => fromFront(axis, rank));
  if (axes.length !== rank || axes.includes(null) || new Set(axes).size !== rank) {
    return `[${permutation}] is not a permutation of ${rank} dimensions`;
  }
  return expectShape(output, axes.map((axis) => input.shape[axis as number]));
}

function padFault(input: Tensor, paddings: Tensor, output: Tensor): string | null {
  const rank = input.shape.length;
  const amounts = known(paddings);
  if (amounts === null) return rankFault("output", output, rank);
  if (amounts.length !== 2 * rank || amounts.some((amount) => amount < 0)) {
    return `padding [${amounts}], needed ${2 * rank} numbers of at least 0`;
  }
  const shape = input.shape.map((extent, i) => amounts[2 * i] + extent + amounts[2 * i + 1]);
  return expectShape(output, shape);
}

function concatenationFault(
  axis: number,
  inputs: readonly Tensor[],
  output: Tensor,
): string | null {
  const along = fromFront(axis, output.shape.length);
  if (along === null) return `axis ${axis} of an output of shape [${output.shape}]`;
  let total = 0;
  for (const { shape } of inputs) {
    if (!sameShape(shape.toSpliced(along, 1), output.shape.toSpliced(along, 1))) {
      return `input of shape [${shape}] in an output of shape [${output.shape}]`;
    }
    total += shape[along];
  }
  return expectExtent(output, along, total);
}

function packFault(
  attributes: { axis: number; valuesCount: number },
  inputs: readonly Tensor[],
  output: Tensor,
): string | null {
  const { axis, valuesCount } = attributes;
  if (valuesCount !== inputs.length) return `${inputs.length} inputs, needed ${valuesCount}`;
  const along = fromFront(axis, inputs[0].shape.length + 1);
  if (along === null) return `axis ${axis} for inputs of shape [${inputs[0].shape}]`;
  const other = inputs.find(({ shape }) => !sameShape(shape, inputs[0].shape));
  if (other !== undefined) return `inputs of shapes [${inputs[0].shape}] and [${other.shape}]`;
  return expectShape(output, inputs[0].shape.toSpliced(along, 0, valuesCount));
}

function splitFault(splits: number, input: Tensor, outputs: readonly Tensor[]): string | null {
  if (outputs.length !== splits || splits < 1) {
    return `${outputs.length} outputs for ${splits} parts`;
  }
  for (const output of outputs) {
    const fault = expectElements(output, elements(input.shape) / splits);
    if (fault !== null) return fault;
  }
  return null;
}

function sliceFault(
  attributes: StridedSliceAttributes,
  inputs: readonly Tensor[],
  output: Tensor,
): string | null {
  const { beginMask, endMask, ellipsisMask, newAxisMask, shrinkAxisMask, offset } = attributes;
  const [input, ...lists] = inputs;
  const [begin, end, strides] = lists.map(known);
  if (begin === null || end === null || strides === null) return null;
  if (ellipsisMask !== 0 || newAxisMask !== 0 || offset) return null;
  const count = begin.length;
  if (end.length !== count || strides.length !== count || count > input.shape.length) {
    return `begin [${begin}], end [${end}], strides [${strides}] on shape [${input.shape}]`;
  }
  if (strides.includes(0)) return "a stride of 0";
  const shape = input.shape.flatMap((extent, i) => {
    if (i >= count) return [extent];
    if (shrinkAxisMask >> i & 1) return [];
    // Where the walk may start and stop, and where it does; a walk backwards stops at -1.
    const stride = strides[i];
    const [low, high] = stride > 0 ? [0, extent] : [-1, extent - 1];
    const place = (index: number) =>
      Math.min(high, Math.max(low, index < 0 ? index + extent : index));
    const start = beginMask >> i & 1 ? (stride > 0 ? low : high) : place(begin[i]);
    const stop = endMask >> i & 1 ? (stride > 0 ? high : low) : place(end[i]);
    return [Math.max(0, Math.ceil((stop - start) / stride))];
  });
  return expectShape(output, shape);
}

function meanFault(input: Tensor, axes: Tensor, output: Tensor): string | null {
  const list = known(axes);
  if (list === null) return null;
  const rank = input.shape.length;
  const reduced = list.map((axis) => fromFront(axis, rank));
  if (reduced.includes(null)) return `axes [${list}] of an input of shape [${input.shape}]`;
  return expectElements(output, elements(input.shape.filter((_, i) => !reduced.includes(i))));
}

function resizeFault(input: Tensor, size: Tensor, output: Tensor): string | null {
  const fault = rankFault("input", input, 4);
  if (fault !== null) return fault;
  const [height, width] = known(size) ?? output.shape.slice(1, 3);
  return expectShape(output, [input.shape[0], height, width, input.shape[3]]);
}
