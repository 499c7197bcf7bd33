// Digests of what TensorFlow Lite's own reference kernels give (double rounding, x86-64, g++ -O2) for
// every 8-bit input, or for a pattern, over scales and zero points; a name holds the parameters.
import type { ConstantArray, Dtype, Model } from "../../mod.ts";
import { assert, assertEquals } from "../assert.ts";
import { digest } from "./digest.ts";
import { list, run, single, tensor } from "./single_operator.ts";
import sweeps from "./fixtures/sweeps.json" with { type: "json" };

type Quantization = readonly [number, number];

interface Sweep {
  readonly model: Model;
  readonly input: ConstantArray;
}

const cases: Readonly<Record<string, readonly string[][]>> = sweeps;

for (const [kind, list] of Object.entries(cases)) {
  Deno.test(`${kind} is TFLite's reference kernel bit for bit over a sweep`, () => {
    assert(list.length > 0);
    for (const [parameters, expected] of list) {
      const { model, input } = SWEEPS[kind](
        parameters.split(" ").map((x) => Math.fround(Number(x))),
      );
      assertEquals(digest(run(model, input)), expected, `${kind} ${parameters}`);
    }
  });
}

const SWEEPS: Readonly<Record<string, (parameters: number[]) => Sweep>> = {
  "SOFTMAX int8": ([beta, scale]) =>
    softmax(["int8", "int8"], { beta, scale, output: [1 / 256, -128] }),
  "SOFTMAX int8 to int16": ([beta, scale]) =>
    softmax(["int8", "int16"], { beta, scale, output: [1 / 65536, -32768] }),
  "SOFTMAX uint8": ([beta, scale]) =>
    softmax(["uint8", "uint8"], { beta, scale, output: [1 / 256, 0] }),
  "SOFTMAX int16": ([beta, scale]) =>
    softmax(["int16", "int16"], { beta, scale, output: [1 / 32768, 0] }),
  "LOGISTIC int8": ([scale, zero]) => unary("LOGISTIC", "int8", [[scale, zero], [1 / 256, -128]]),
  "TANH int8": ([scale, zero]) => unary("TANH", "int8", [[scale, zero], [1 / 128, 0]]),
  "TANH uint8": ([scale, zero]) => unary("TANH", "uint8", [[scale, zero], [1 / 128, 128]]),
  "LOGISTIC int16": ([scale]) => unary("LOGISTIC", "int16", [[scale, 0], [1 / 32768, 0]]),
  "TANH int16": ([scale]) => unary("TANH", "int16", [[scale, 0], [1 / 32768, 0]]),
  "HARD_SWISH int8": ([a, b, c, d]) => unary("HARD_SWISH", "int8", [[a, b], [c, d]]),
  "HARD_SWISH uint8": ([a, b, c, d]) => unary("HARD_SWISH", "uint8", [[a, b], [c, d]]),
  "LEAKY_RELU int8": (parameters) => leakyRelu("int8", parameters),
  "LEAKY_RELU uint8": (parameters) => leakyRelu("uint8", parameters),
  "MEAN int8": (parameters) => mean("int8", parameters),
  "MEAN uint8": (parameters) => mean("uint8", parameters),
  "MEAN int16": (parameters) => mean("int16", parameters),
};

/** Elements in a type, cut to its bits as C casts. */
function array(dtype: Dtype, values: readonly number[]): ConstantArray {
  if (dtype === "int16") return Int16Array.from(values);
  return dtype === "int8" ? Int8Array.from(values) : Uint8Array.from(values);
}

/** Every 8-bit integer, or 1024 that cover int16. */
function everyValue(dtype: Dtype): ConstantArray {
  if (dtype === "int16") {
    return Int16Array.from({ length: 1024 }, (_, i) => i * 64 - 32768 + (i * 29) % 64);
  }
  const first = dtype === "int8" ? -128 : 0;
  return array(dtype, Array.from({ length: 256 }, (_, i) => first + i));
}

function unary(
  op: "LOGISTIC" | "TANH" | "HARD_SWISH",
  dtype: Dtype,
  [from, to]: readonly [Quantization, Quantization],
): Sweep {
  const input = everyValue(dtype);
  const shape = [input.length];
  const tensors = { inputs: [tensor(dtype, shape, from)], outputs: [tensor(dtype, shape, to)] };
  return { model: single(op, {}, tensors), input };
}

function leakyRelu(dtype: Dtype, [alpha, a, b, c, d]: number[]): Sweep {
  const model = single("LEAKY_RELU", { alpha }, {
    inputs: [tensor(dtype, [256], [a, b])],
    outputs: [tensor(dtype, [256], [c, d])],
  });
  return { model, input: everyValue(dtype) };
}

function softmax(
  [from, to]: readonly [Dtype, Dtype],
  { beta, scale, output }: { beta: number; scale: number; output: Quantization },
): Sweep {
  const model = single("SOFTMAX", { beta }, {
    inputs: [tensor(from, [8, 32], [scale, 0])],
    outputs: [tensor(to, [8, 32], output)],
  });
  const values = Array.from({ length: 256 }, (_, i) => {
    const row = Math.floor(i / 32);
    return from === "int16" ? i * 7919 * (1 + row) + i * i : i * 37 * (1 + row) + Math.floor(i / 3);
  });
  return { model, input: array(from, values) };
}

function mean(dtype: Dtype, parameters: number[]): Sweep {
  const [height, width, channels, a, b, c, d, mask] = parameters;
  const model = single("MEAN", { keepDims: true }, {
    inputs: [tensor(dtype, [1, height, width, channels], [a, b]), list(1, 2)],
    outputs: [tensor(dtype, [1, 1, 1, channels], [c, d])],
  });
  const values = Array.from(
    { length: height * width * channels },
    (_, i) => Number((BigInt(i) * 2654435761n >> 7n) & BigInt(mask)),
  );
  return { model, input: array(dtype, values) };
}
