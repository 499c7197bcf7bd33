// Operators with their tensors, from all the models that there are.
import {
  type Dtype,
  type Model,
  type ModelTensor,
  type OperatorName,
  readModel,
  zoo,
  zooNames,
} from "../../mod.ts";
import { list, single, tensor } from "../engine/single_operator.ts";
import { goldens, read } from "./goldens.ts";

/** An operator with its tensors. */
export interface Sample {
  /** The model that it is in. */
  readonly from: string;
  readonly attributes: unknown;
  /** Undefined in place of those that are left out. */
  readonly inputs: readonly (ModelTensor | undefined)[];
  readonly outputs: readonly ModelTensor[];
}

/** Samples of every operator, one for each combination of types; golden ones where there is the folder. */
export function samples(): ReadonlyMap<OperatorName, readonly Sample[]> {
  const found = new Map<OperatorName, Map<string, Sample>>();
  for (const [from, model] of models()) {
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

function* models(): Generator<readonly [from: string, model: Model]> {
  for (const { file, refused } of goldens()) {
    if (refused === undefined) yield [file, readModel(read(file))];
  }
  for (const name of ["mlperf-tiny-kws", "mlperf-tiny-ic", "mlperf-tiny-ad", "mcunet-in3"]) {
    if (zooNames().includes(name)) yield [name, zoo(name)];
  }
  yield* written();
}

/** Operators that neither the zoo nor the golden models have. */
function* written(): Generator<readonly [from: string, model: Model]> {
  const image = (dtype: Dtype, shape = [1, 4, 4, 2]) => tensor(dtype, shape, [1 / 16, 0]);
  const [byte, float] = [image("int8"), tensor("float32", [1, 4, 4, 2])];
  const one = (input: ModelTensor, output: ModelTensor, ...others: ModelTensor[]) => ({
    inputs: [input, ...others],
    outputs: [output],
  });
  const stored = { ...byte, data: new Uint8Array(32) };
  const all = [
    single("DEQUANTIZE", {}, one(byte, float)),
    single("DEQUANTIZE", {}, one(stored, float)),
    single("QUANTIZE", {}, one(float, byte)),
    single("HARD_SWISH", {}, one(byte, byte)),
    single("LEAKY_RELU", { alpha: 0.5 }, one(byte, byte)),
    single("LOGISTIC", {}, one(byte, byte)),
    single("TANH", {}, one(byte, byte)),
    single("RELU6", {}, one(byte, byte)),
    single("MAX_POOL_2D", {
      padding: "VALID",
      strideH: 2,
      strideW: 2,
      filterH: 2,
      filterW: 2,
      activation: "NONE",
    }, one(byte, image("int8", [1, 2, 2, 2]))),
    single("RESIZE_NEAREST_NEIGHBOR", {
      alignCorners: false,
      halfPixelCenters: false,
    }, one(byte, image("int8", [1, 8, 8, 2]), list(8, 8))),
    single(
      "PAD",
      {},
      one(byte, image("int8", [1, 4, 4, 4]), {
        ...list(0, 0, 0, 0, 0, 0, 1, 1),
        shape: [4, 2],
      }),
    ),
    single("TRANSPOSE", {}, one(byte, byte, list(0, 2, 1, 3))),
    single("EXPAND_DIMS", {}, one(byte, image("int8", [1, 1, 4, 4, 2]), list(0))),
    single("SQUEEZE", { squeezeDims: [] }, one(byte, image("int8", [4, 4, 2]))),
  ];
  for (const model of all) yield [model.operators[0].op, model];
}
