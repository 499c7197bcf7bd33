// Operators with their tensors, from all the models that there are.
import { type Dtype, type Model, type ModelTensor, type OperatorName, zoo } from "../../mod.ts";
import { list, single, tensor } from "../engine/single_operator.ts";
import { goldens, modelOf, pathOf } from "./goldens.ts";

/** An operator with its tensors. */
export interface Sample {
  /** The model that it is in. */
  readonly from: string;
  readonly attributes: unknown;
  /** Undefined in place of those that are left out. */
  readonly inputs: readonly (ModelTensor | undefined)[];
  readonly outputs: readonly ModelTensor[];
}

/** Samples of every operator, one for each combination of types. */
export function samples(): ReadonlyMap<OperatorName, readonly Sample[]> {
  const found = new Map<OperatorName, Map<string, Sample>>();
  for (const [from, model] of [...models(), ...folded()]) {
    for (const { op, attributes, inputs, outputs } of model.operators) {
      if (op === "OPAQUE") continue;
      const sample: Sample = {
        from,
        attributes,
        inputs: inputs.map((index) => model.tensors[index]),
        outputs: outputs.map((index) => model.tensors[index]),
      };
      const types = [...sample.inputs, ...sample.outputs].map((each) =>
        `${each?.dtype} ${each?.data == null}`
      );
      const all = found.get(op) ?? new Map<string, Sample>();
      found.set(op, all);
      if (!all.has(types.join())) all.set(types.join(), sample);
    }
  }
  return new Map([...found].map(([op, all]) => [op, [...all.values()]]));
}

/** Golden models; networks of the zoo; and wide tensors for the rest. */
export function* models(): Generator<NamedModel> {
  for (const golden of goldens()) {
    if (golden.refused === undefined) yield [pathOf(golden), modelOf(golden)];
  }
  for (const name of ["mlperf-tiny-kws", "mlperf-tiny-ic", "mlperf-tiny-ad", "mcunet-in3"]) {
    yield [name, zoo(name)];
  }
  for (const model of [...functions(), ...moves()]) yield [model.operators[0].op, model];
}

/** What is worked out before the run. */
function* folded(): Generator<NamedModel> {
  const stored = { ...byte, data: new Uint8Array(4 * 4 * 64) };
  yield ["constant", single("DEQUANTIZE", {}, one([stored], tensor("float32", byte.shape)))];
}

type NamedModel = readonly [from: string, model: Model];

const byte = of([1, 4, 4, 64]);

function of(shape: readonly number[], dtype: Dtype = "int8"): ModelTensor {
  return tensor(dtype, shape, [1 / 16, 0]);
}

function one(inputs: readonly ModelTensor[], output: ModelTensor) {
  return { inputs, outputs: [output] };
}

/** Operators on numbers that neither the zoo nor the golden models have. */
function functions(): readonly Model[] {
  const float = tensor("float32", byte.shape);
  return [
    single("DEQUANTIZE", {}, one([byte], float)),
    single("QUANTIZE", {}, one([float], byte)),
    single("HARD_SWISH", {}, one([byte], byte)),
    single("LEAKY_RELU", { alpha: 0.5 }, one([byte], byte)),
    single("LOGISTIC", {}, one([byte], tensor("int8", byte.shape, [1 / 256, -128]))),
    single("TANH", {}, one([byte], tensor("int8", byte.shape, [1 / 128, 0]))),
    single("RELU6", {}, one([byte], byte)),
    single("MAX_POOL_2D", {
      padding: "VALID",
      strideH: 2,
      strideW: 2,
      filterH: 2,
      filterW: 2,
      activation: "NONE",
    }, one([byte], of([1, 2, 2, 64]))),
  ];
}

/** Operators that move elements, with enough of them side by side for vectors. */
function moves(): readonly Model[] {
  const larger = of([1, 8, 8, 64]);
  const resize = { alignCorners: false, halfPixelCenters: false };
  const around = { ...list(0, 0, 1, 1, 1, 1, 0, 0), shape: [4, 2] };
  const none = { ...list(0, 0, 0, 0), shape: [2, 2] };
  const indices = tensor("int32", [3]);
  return [
    single("RESIZE_NEAREST_NEIGHBOR", resize, one([byte, list(8, 8)], larger)),
    single("RESIZE_BILINEAR", resize, one([byte, list(8, 8)], larger)),
    single("PAD", {}, one([byte, around], of([1, 6, 6, 64]))),
    single("MIRROR_PAD", { mode: 0 }, one([byte, around], of([1, 6, 6, 64]))),
    single("TRANSPOSE", {}, one([byte, list(0, 2, 1, 3)], byte)),
    single("EXPAND_DIMS", {}, one([byte, list(0)], of([1, 1, 4, 4, 64]))),
    single("SQUEEZE", { squeezeDims: [] }, one([byte], of([4, 4, 64]))),
    single("RESHAPE", { newShape: [16, 64] }, one([byte], of([16, 64]))),
    single("FILL", {}, one([list(16, 64), of([])], of([16, 64]))),
    single("GATHER_ND", {}, one([of([4, 64]), tensor("int32", [3, 1])], of([3, 64]))),
    single("EMBEDDING_LOOKUP", {}, one([indices, of([4, 64])], of([3, 64]))),
    single("SPACE_TO_BATCH_ND", {}, one([byte, list(2, 2), none], of([4, 2, 2, 64]))),
    single("BATCH_TO_SPACE_ND", {}, one([of([4, 4, 4, 64]), list(2, 2), none], larger)),
    single("CONCATENATION", { axis: 1, activation: "NONE" }, one([byte, byte], of([1, 8, 4, 64]))),
    single("PACK", { axis: 0, valuesCount: 2 }, one([byte, byte], of([2, 1, 4, 4, 64]))),
    single("SPLIT", { numSplits: 2 }, {
      inputs: [list(1), byte],
      outputs: [of([1, 2, 4, 64]), of([1, 2, 4, 64])],
    }),
    single("STRIDED_SLICE", {
      beginMask: 0,
      endMask: 0,
      ellipsisMask: 0,
      newAxisMask: 0,
      shrinkAxisMask: 0,
      offset: false,
    }, one([byte, list(0, 1, 1, 0), list(1, 3, 3, 64), list(1, 1, 1, 1)], of([1, 2, 2, 64]))),
  ];
}
