// Digests of what TensorFlow Lite's own reference kernels give (double rounding, x86-64, g++ -O2) for
// random layers: layer i of a list comes from seed i + 1.
import type { ConstantArray, Dtype, Model } from "../../mod.ts";
import { assertEquals } from "../assert.ts";
import { digest } from "./digest.ts";
import { constant, run, single, tensor } from "./single_operator.ts";
import layers from "./fixtures/random_layers.json" with { type: "json" };

const cases: Readonly<Record<string, readonly string[]>> = layers;

for (const [kind, digests] of Object.entries(cases)) {
  Deno.test(`${kind} is TFLite's reference kernel bit for bit on random layers`, () => {
    const [op, dtype, biasType] = kind.split(" ") as [string, Activations, Dtype | undefined];
    digests.forEach((expected, i) => {
      const random = new Random(i + 1);
      const layer = op === "CONV_2D" || op === "DEPTHWISE_CONV_2D"
        ? convolution(op, { dtype, biasType: biasType ?? "int32" }, random)
        : binary(op as "ADD" | "SUB" | "MUL", dtype, random);
      assertEquals(digest(run(layer.model, ...layer.inputs)), expected, `${kind}, seed ${i + 1}`);
    });
  });
}

type Activations = "int8" | "uint8" | "int16";

interface Layer {
  readonly model: Model;
  readonly inputs: readonly ConstantArray[];
}

const SCALES = [0.0005, 0.003, 0.0121, 0.05, 0.17, 0.5, 1, 0.0078125].map(Math.fround);

/** Numerical Recipes' linear congruential generator, without its lowest 8 bits. */
class Random {
  constructor(private state: number) {}
  below(limit: number): number {
    this.state = (Math.imul(this.state, 1664525) + 1013904223) >>> 0;
    return (this.state >>> 8) % limit;
  }
  scale(): number {
    return SCALES[this.below(SCALES.length)];
  }
  zeroPoint(dtype: Activations): number {
    return dtype === "int16" ? 0 : (dtype === "int8" ? -128 : 0) + this.below(256);
  }
  values(count: number, first: number, span: number): number[] {
    return Array.from({ length: count }, () => first + this.below(span));
  }
  activations(count: number, dtype: Activations): ConstantArray {
    if (dtype === "int16") return Int16Array.from(this.values(count, -32768, 65536));
    return dtype === "int8"
      ? Int8Array.from(this.values(count, -128, 256))
      : Uint8Array.from(this.values(count, 0, 256));
  }
}

function convolution(
  op: "CONV_2D" | "DEPTHWISE_CONV_2D",
  { dtype, biasType }: { dtype: Activations; biasType: Dtype },
  random: Random,
): Layer {
  const [height, width] = [4 + random.below(4), 4 + random.below(4)];
  const channels = 2 * (1 + random.below(3));
  let [filterH, filterW] = [1 + random.below(3), 1 + random.below(3)];
  let filters = 2 * (1 + random.below(3));
  const [stride, dilation] = [1 + random.below(2), 1 + random.below(2)];
  const padding = random.below(2) === 1 ? "SAME" : "VALID";
  if (dilation === 2 && padding === "VALID") {
    [filterH, filterW] = [Math.min(filterH, 2), Math.min(filterW, 2)];
  }
  const depthMultiplier = 1 + random.below(2);
  if (op === "DEPTHWISE_CONV_2D") filters = channels * depthMultiplier;
  const [inputScale, outputScale] = [random.scale(), random.scale() * 4];
  const [inputZero, outputZero] = [random.zeroPoint(dtype), random.zeroPoint(dtype)];
  const weightZero = dtype === "uint8" ? random.below(256) : 0;
  const f = Math.fround;
  const drawn = Array.from(
    { length: filters },
    () => f(f(random.scale() * f(0.02)) * (1 + random.below(7))),
  );
  const scales = dtype === "uint8" ? drawn.slice(0, 1) : drawn;
  const input = random.activations(height * width * channels, dtype);
  const shape = op === "CONV_2D"
    ? [filters, filterH, filterW, channels]
    : [1, filterH, filterW, filters];
  const size = shape.reduce((product, extent) => product * extent);
  const weights = dtype === "uint8"
    ? Uint8Array.from(random.values(size, 0, 256))
    : Int8Array.from(random.values(size, -127, 255));
  const bias = random.values(filters, -3000, 6000);
  const extent = (from: number, filter: number) =>
    padding === "SAME"
      ? Math.ceil(from / stride)
      : Math.floor((from - (filter - 1) * dilation - 1 + stride) / stride);
  const axis = op === "CONV_2D" || scales.length === 1 ? 0 : 3;
  const quantization = { scales, zeroPoints: scales.map(() => weightZero), axis };
  const tensors = {
    inputs: [
      tensor(dtype, [1, height, width, channels], [inputScale, inputZero]),
      constant(dtype === "uint8" ? "uint8" : "int8", weights, { shape, quantization }),
      biasType === "int64"
        ? constant("int64", BigInt64Array.from(bias, BigInt))
        : constant("int32", Int32Array.from(bias)),
    ],
    outputs: [
      tensor(dtype, [1, extent(height, filterH), extent(width, filterW), filters], [
        outputScale,
        outputZero,
      ]),
    ],
  };
  const window = {
    activation: "NONE",
    padding,
    strideH: stride,
    strideW: stride,
    dilationH: dilation,
    dilationW: dilation,
  } as const;
  const model = op === "CONV_2D"
    ? single(op, { ...window, quantizedBiasType: "float32" }, tensors)
    : single(op, { ...window, depthMultiplier }, tensors);
  return { model, inputs: [input] };
}

function binary(op: "ADD" | "SUB" | "MUL", dtype: Activations, random: Random): Layer {
  const scales = [random.scale(), random.scale(), random.scale()];
  const [a, b, y] = scales.map((scale) => tensor(dtype, [64], [scale, random.zeroPoint(dtype)]));
  const tensors = { inputs: [a, b], outputs: [y] };
  const model = op === "MUL"
    ? single(op, { activation: "NONE" }, tensors)
    : single(op, { activation: "NONE", potScaleInt16: false }, tensors);
  return { model, inputs: [random.activations(64, dtype), random.activations(64, dtype)] };
}
