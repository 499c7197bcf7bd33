// Random small layers of operators that multiply by weights or by other data.
import * as fc from "fast-check";
import type { ConstantArray, Dtype, Model, ModelTensor } from "../../mod.ts";
import { zeroValues } from "../../lib/model/constant.ts";
import { elements } from "../../lib/model/shape.ts";
import { Numbers } from "../engine/random_layer.ts";
import { constant, list, single, tensor } from "../engine/single_operator.ts";

/** A model and the inputs of some runs of it. */
export interface RandomLayer {
  readonly model: Model;
  readonly frames: readonly (readonly ConstantArray[])[];
}

class Random extends Numbers {
  pick<T>(...values: readonly T[]): T {
    return values[this.below(values.length)];
  }
  scale(): number {
    return Math.fround(2 ** -(3 + this.below(5)) * (1 + this.below(64) / 64));
  }
  zeroPoint(dtype: Dtype): number {
    return dtype === "int8" ? this.pick(0, -128, 127, this.below(256) - 128) : 0;
  }
  activation(dtype: Dtype, shape: readonly number[]): ModelTensor {
    const isFloat = dtype === "float32";
    return tensor(dtype, shape, isFloat ? null : [this.scale(), this.zeroPoint(dtype)]);
  }
  values({ dtype, shape }: Pick<ModelTensor, "dtype" | "shape">): ConstantArray {
    const values = zeroValues(dtype, elements(shape));
    for (let i = 0; i < values.length; i++) {
      if (values instanceof BigInt64Array) values[i] = BigInt(this.below(2 ** 20) - 2 ** 19);
      else if (dtype === "float32") values[i] = (this.below(4096) - 2048) / 512;
      else if (dtype === "int32") values[i] = this.below(2 ** 16) - 2 ** 15;
      else values[i] = this.below(2 ** (8 * values.BYTES_PER_ELEMENT));
    }
    return values;
  }
  weights(dtype: Dtype, shape: readonly number[], channels = 1): ModelTensor {
    const scales = Array.from({ length: channels }, () => this.scale() / 8);
    const quantization = { scales, zeroPoints: scales.map(() => 0), axis: 0 };
    const isFloat = dtype === "float32";
    return constant(dtype, this.values({ dtype, shape }), {
      shape,
      quantization: isFloat ? null : quantization,
    });
  }
  layer(model: Model, frames = 1): RandomLayer {
    const inputsOf = () => model.inputs.map((index) => this.values(model.tensors[index]));
    return { model, frames: Array.from({ length: frames }, inputsOf) };
  }
}

function layers(make: (random: Random) => RandomLayer): fc.Arbitrary<RandomLayer> {
  return fc.integer({ min: 0, max: 2 ** 30 }).map((seed) => make(new Random(seed)));
}

const TYPES = ["float32", "int8", "int16"] as const;

/** BATCH_MATMUL: batches broadcast, the second operand computed or constant. */
export const matmuls = layers((random) => {
  const dtype = random.pick(...TYPES);
  const [rows, depth, columns] = [1 + random.below(6), 1 + random.below(40), 1 + random.below(20)];
  const batches = Array.from({ length: random.below(4) }, () => 1 + random.below(3));
  const stretched = batches.map((extent) => random.pick(extent, extent, 1));
  const [adjX, adjY] = [random.below(2) === 1, random.below(2) === 1];
  const x = random.activation(dtype, [...batches, ...adjX ? [depth, rows] : [rows, depth]]);
  const shape = [
    ...stretched.slice(random.below(stretched.length + 1)),
    ...adjY ? [columns, depth] : [depth, columns],
  ];
  const y = random.activation(dtype, shape);
  const isConstant = random.below(2) === 1;
  const w = isConstant
    ? constant(dtype, random.values(y), { shape, quantization: y.quantization })
    : y;
  const output = random.activation(dtype, [...batches, rows, columns]);
  const attributes = { adjX, adjY, asymmetricQuantizeInputs: false };
  return random.layer(single("BATCH_MATMUL", attributes, { inputs: [x, w], outputs: [output] }));
});

/** TRANSPOSE_CONV: any output extents, filters of one scale or one for each channel. */
export const transposedConvolutions = layers((random) => {
  const dtype = random.pick(...TYPES);
  const [batches, height, width] = [1 + random.below(2), 1 + random.below(5), 1 + random.below(9)];
  const [depth, filters] = [1 + random.below(20), 1 + random.below(20)];
  const [filterH, filterW] = [1 + random.below(4), 1 + random.below(4)];
  const [strideH, strideW] = [1 + random.below(3), 1 + random.below(3)];
  const padding = random.pick("SAME", "VALID");
  const extent = (input: number, stride: number, filter: number) =>
    padding === "SAME"
      ? input * stride - random.below(stride)
      : (input - 1) * stride + filter + random.below(3);
  const shape = [
    batches,
    extent(height, strideH, filterH),
    extent(width, strideW, filterW),
    filters,
  ];
  const isFloat = dtype === "float32";
  const channels = random.pick(1, filters);
  const filter = random.weights(
    isFloat ? dtype : "int8",
    [filters, filterH, filterW, depth],
    channels,
  );
  const biasType =
    ({ float32: "float32", int8: "int32", int16: random.pick("int16", "int64") } as const)[dtype];
  const bias = random.below(3) === 0 ? null : random.weights(biasType, [filters], channels);
  const input = random.activation(dtype, [batches, height, width, depth]);
  const attributes = {
    padding,
    strideH,
    strideW,
    activation: random.pick("NONE", "RELU", "RELU6", "RELU_N1_TO_1"),
    quantizedBiasType: random.pick("float32", "int32"),
  } as const;
  const model = single("TRANSPOSE_CONV", attributes, {
    inputs: [list(...shape), filter, input, bias],
    outputs: [random.activation(dtype, shape)],
  });
  return random.layer(model);
});

/** RESIZE_BILINEAR, up and down. */
export const resizes = layers((random) => {
  const dtype = random.pick("float32", "int8");
  const [batches, channels] = [1 + random.below(2), 1 + random.below(19)];
  const [height, width, newHeight, newWidth] = [7, 9, 14, 14].map((most) => 1 + random.below(most));
  const [alignCorners, halfPixelCenters] = random.pick([false, false], [true, false], [
    false,
    true,
  ]);
  const model = single("RESIZE_BILINEAR", { alignCorners, halfPixelCenters }, {
    inputs: [
      random.activation(dtype, [batches, height, width, channels]),
      list(newHeight, newWidth),
    ],
    outputs: [random.activation(dtype, [batches, newHeight, newWidth, channels])],
  });
  return random.layer(model);
});

/** UNIDIRECTIONAL_SEQUENCE_LSTM, three runs one after the other. */
export const lstms = layers((random) => {
  const dtype = random.pick(...TYPES);
  const [batches, steps] = [1 + random.below(3), 1 + random.below(4)];
  const [depth, units] = [1 + random.below(40), 1 + random.below(20)];
  const timeMajor = random.below(2) === 1;
  const outer = timeMajor ? [steps, batches] : [batches, steps];
  const isFloat = dtype === "float32";
  const weightType = isFloat ? dtype : "int8";
  const biasType = ({ float32: "float32", int8: "int32", int16: "int64" } as const)[dtype];
  const each = (make: () => ModelTensor) => [make(), make(), make(), make()];
  const scale = dtype === "int8" ? random.pick(1 / 128, 1 / 100) : 1 / 32768;
  const zeroPoint = dtype === "int8" ? random.below(20) - 10 : 0;
  const shown = (shape: readonly number[]) =>
    tensor(dtype, shape, isFloat ? null : [Math.fround(scale), zeroPoint]);
  const state = (made: ModelTensor): ModelTensor => ({ ...made, isVariable: true });
  const cell = isFloat
    ? tensor("float32", [batches, units])
    : tensor("int16", [batches, units], [2 ** -(9 + random.below(7)), 0]);
  const inputs = [
    random.activation(dtype, [...outer, depth]),
    ...each(() => random.weights(weightType, [units, depth])),
    ...each(() => random.weights(weightType, [units, units])),
    ...[null, null, null],
    ...each(() => random.weights(biasType, [units])),
    ...[null, null],
    ...[state(shown([batches, units])), state(cell)],
    ...[null, null, null, null],
  ];
  const attributes = {
    activation: "TANH",
    cellClip: random.pick(0, 0, 0.5, 2),
    projClip: 0,
    timeMajor,
    asymmetricQuantizeInputs: false,
    diagonalRecurrentTensors: false,
  } as const;
  const model = single("UNIDIRECTIONAL_SEQUENCE_LSTM", attributes, {
    inputs,
    outputs: [shown([...outer, units])],
  });
  return random.layer(model, 3);
});

/** L2_POOL_2D of float32. */
export const squarePools = layers((random) => {
  const [height, width] = [1 + random.below(8), 1 + random.below(8)];
  const [filterH, filterW] = [
    1 + random.below(Math.min(3, height)),
    1 + random.below(Math.min(3, width)),
  ];
  const [strideH, strideW] = [1 + random.below(3), 1 + random.below(3)];
  const channels = 1 + random.below(9);
  const padding = random.pick("SAME", "VALID");
  const extent = (input: number, filter: number, stride: number) =>
    Math.ceil((padding === "SAME" ? input : input - filter + 1) / stride);
  const activation = random.pick("NONE", "RELU", "RELU6", "RELU_N1_TO_1");
  const attributes = { padding, strideH, strideW, filterH, filterW, activation } as const;
  const model = single("L2_POOL_2D", attributes, {
    inputs: [tensor("float32", [2, height, width, channels])],
    outputs: [
      tensor("float32", [
        2,
        extent(height, filterH, strideH),
        extent(width, filterW, strideW),
        channels,
      ]),
    ],
  });
  return random.layer(model);
});
