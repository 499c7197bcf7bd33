import { encodeKernels } from "../../codegen/wasm/encode_module.ts";
import type { KernelCode, Value } from "../../kernel/kernel.ts";
import { KernelBuilder } from "../../kernel/kernel_builder.ts";
import { add, apply, vectorOfF32 } from "../../kernel/values.ts";
import {
  columnMomentsKernel,
  columnSumsKernel,
  fillRowsKernel,
  normalizeGradientKernel,
  normalizeKernel,
  normalizeSumsKernel,
} from "./kernels/column_kernels.ts";
import {
  type DepthwiseCase,
  depthwiseKernel,
  depthwiseWeightsKernel,
} from "./kernels/depthwise_kernels.ts";
import { MEMORY, multiplyKernel, VECTOR_BYTES } from "./kernels/multiply_kernel.ts";
import { copyPixelsKernel, patchesKernel } from "./kernels/patches_kernel.ts";

/** One memory for everything that training touches, and the kernels that work in it. */
export interface TrainingMemory {
  /** All of the memory; addresses are in bytes, a quarter of them index this. */
  readonly floats: Float32Array<ArrayBuffer>;
  /** Kernels by name. */
  readonly kernels: Readonly<Record<string, Kernel>>;
  /** Zeroed room for float32 values; its address. */
  readonly allocate: (floats: number) => number;
}

type Kernel = (...parameters: number[]) => void;

/** Filters and strides that depthwise convolutions may have. */
export const DEPTHWISE_KERNELS: readonly number[] = [3, 5, 7];
const STRIDES = [1, 2];

const PAGE_BYTES = 65536;
const ALIGNMENT_BYTES = 64;
const MOST_PAGES = 32768;

/**
 * Compiles the kernels of training, for images of so many channels, and gives them a memory.
 *
 * @throws {RangeError} if more than 2 GiB are asked for, or `allocate` runs out.
 */
export function createTrainingMemory(sizeFloats: number, inputChannels = 1): TrainingMemory {
  const pages = Math.ceil(sizeFloats * 4 / PAGE_BYTES) + 1;
  if (pages > MOST_PAGES) {
    throw new RangeError(`training takes ${pages} pages of memory, needed at most ${MOST_PAGES}`);
  }
  const wasm = encodeKernels(trainingKernels(inputChannels), { memoryPages: pages });
  const memory = new WebAssembly.Memory({ initial: pages, maximum: pages });
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(wasm), {
    kernel: { memory },
  });
  let usedBytes = 0;
  return {
    floats: new Float32Array(memory.buffer as ArrayBuffer),
    kernels: exports as Record<string, Kernel>,
    allocate: (count) => {
      const address = usedBytes;
      usedBytes += Math.ceil(count * 4 / ALIGNMENT_BYTES) * ALIGNMENT_BYTES;
      if (usedBytes > pages * PAGE_BYTES) {
        throw new RangeError(`${usedBytes} bytes of training memory, found ${pages * PAGE_BYTES}`);
      }
      return address;
    },
  };
}

/** View of `count` values at an address. */
export function floatsAt(
  { floats }: TrainingMemory,
  address: number,
  count: number,
): Float32Array<ArrayBuffer> {
  return floats.subarray(address / 4, address / 4 + count);
}

function trainingKernels(inputChannels: number): readonly KernelCode[] {
  return [
    multiplyKernel("multiply", "rows"),
    multiplyKernel("multiplyTransposed", "columns"),
    patchesKernel("patches", inputChannels),
    copyPixelsKernel("copyPixels"),
    ...depthwiseCases().map((each) =>
      depthwiseKernel(depthwiseKernelName(each.columns, each.stride), each)
    ),
    ...DEPTHWISE_KERNELS.flatMap((columns) =>
      STRIDES.map((stride) =>
        depthwiseWeightsKernel(depthwiseWeightsName(columns, stride), { columns, stride })
      )
    ),
    columnSumsKernel("columnSums"),
    columnMomentsKernel("columnMoments"),
    normalizeKernel("normalize_NONE", "NONE"),
    normalizeKernel("normalize_RELU6", "RELU6"),
    normalizeSumsKernel("normalizeSums_NONE", "NONE"),
    normalizeSumsKernel("normalizeSums_RELU6", "RELU6"),
    normalizeGradientKernel("normalizeGradient_NONE", "NONE"),
    normalizeGradientKernel("normalizeGradient_RELU6", "RELU6"),
    fillRowsKernel("fillRows"),
    addKernel("add"),
    addRelu6Kernel("addRelu6"),
    maskRelu6Kernel("maskRelu6"),
    descendKernel("descend"),
  ];
}

/** Filters, and with stride 1 also their even and odd taps, which gradients of stride 2 need. */
function depthwiseCases(): readonly DepthwiseCase[] {
  const parts = DEPTHWISE_KERNELS.flatMap((kernel) =>
    STRIDES.flatMap((stride) => [Math.ceil(kernel / stride), Math.floor(kernel / stride)])
  );
  return [
    ...DEPTHWISE_KERNELS.map((columns) => ({ columns, stride: 2 })),
    ...[...new Set(parts)].map((columns) => ({ columns, stride: 1 })),
  ];
}

/** Name of the convolution with a filter of so many columns. */
export function depthwiseKernelName(columns: number, stride: number): string {
  return `depthwise${columns}_${stride}`;
}

/** Name of the gradient of a filter of so many columns and rows. */
export function depthwiseWeightsName(columns: number, stride: number): string {
  return `depthwiseWeights${columns}_${stride}`;
}

/** `to = clamp(to + from)` to 0..6, a multiple of 16 bytes. */
function addRelu6Kernel(name: string): KernelCode {
  const b = new KernelBuilder();
  const [to, from, bytes] = ["to", "from", "bytes"].map((each) => b.parameter(each));
  b.for("i", { until: bytes, step: VECTOR_BYTES }, (i) => {
    const target = { region: MEMORY, address: b.let("target", add(to, i)) };
    const sum = apply("f32x4.add", [
      b.load("v128.load", target),
      b.load("v128.load", { region: MEMORY, address: add(from, i) }),
    ]);
    const positive = apply("f32x4.pmax", [sum, vectorOfF32(0)]);
    b.store("v128.store", target, apply("f32x4.pmin", [positive, vectorOfF32(6)]));
  });
  return b.finish(name);
}

/** The gradient behind a ReLU6, from that of its result `y`: `dy` becomes 0 where y was clamped. */
function maskRelu6Kernel(name: string): KernelCode {
  const b = new KernelBuilder();
  const [dy, y, bytes] = ["dy", "y", "bytes"].map((each) => b.parameter(each));
  b.for("i", { until: bytes, step: VECTOR_BYTES }, (i) => {
    const gradient = { region: MEMORY, address: b.let("gradient", add(dy, i)) };
    const value = b.let("value", b.load("v128.load", { region: MEMORY, address: add(y, i) }));
    const inside = apply("v128.and", [
      apply("f32x4.gt", [value, vectorOfF32(0)]),
      apply("f32x4.lt", [value, vectorOfF32(6)]),
    ]);
    b.store(
      "v128.store",
      gradient,
      apply("v128.and", [b.load("v128.load", gradient), inside]),
    );
  });
  return b.finish(name);
}

/** Vectors of a cache line. */
const LINE = 4;

/** `to += from`, a multiple of 16 bytes. */
function addKernel(name: string): KernelCode {
  const b = new KernelBuilder();
  const [to, from, bytes] = ["to", "from", "bytes"].map((each) => b.parameter(each));
  const addAt = (i: Value, vectors: number) => {
    const [target, source] = [b.let("target", add(to, i)), b.let("source", add(from, i))];
    for (let v = 0; v < vectors; v++) {
      const [sum, term] = [target, source].map((address) => ({
        region: MEMORY,
        address,
        offsetBytes: v * VECTOR_BYTES,
      }));
      const value = apply("f32x4.add", [b.load("v128.load", sum), b.load("v128.load", term)]);
      b.store("v128.store", sum, value);
    }
  };
  const lineBytes = LINE * VECTOR_BYTES;
  const lines = b.let("lines", apply("i32.and", [bytes, -lineBytes]));
  b.for("i", { until: lines, step: lineBytes }, (i) => addAt(i, LINE));
  b.for("i", { from: lines, until: bytes, step: VECTOR_BYTES }, (i) => addAt(i, 1));
  return b.finish(name);
}

/**
 * One step of gradient descent with momentum, as PyTorch's SGD has it: `v = momentum v + g + decay w`,
 * `w -= rate v`; the gradient becomes 0 for the next step.
 */
function descendKernel(name: string): KernelCode {
  const b = new KernelBuilder();
  const [weights, gradients, velocities, bytes] = ["weights", "gradients", "velocities", "bytes"]
    .map((each) => b.parameter(each));
  const [rate, momentum, decay] = ["rate", "momentum", "decay"].map((each) => {
    const scalar = b.parameter(each, "f32");
    return () => b.let(`${each}s`, apply("f32x4.splat", [scalar]));
  }).map((splat) => splat());
  b.for("i", { until: bytes, step: VECTOR_BYTES }, (i) => {
    const [w, g, v] = [weights, gradients, velocities].map((each, index) => ({
      region: MEMORY,
      address: b.let(`at${index}`, add(each, i)),
    }));
    const weight = b.let("weight", b.load("v128.load", w));
    const slope = apply("f32x4.add", [
      b.load("v128.load", g),
      apply("f32x4.mul", [decay, weight]),
    ]);
    const velocity = b.let(
      "velocity",
      apply("f32x4.add", [apply("f32x4.mul", [momentum, b.load("v128.load", v)]), slope]),
    );
    b.store("v128.store", v, velocity);
    b.store("v128.store", w, apply("f32x4.sub", [weight, apply("f32x4.mul", [rate, velocity])]));
    b.store("v128.store", g, apply("v128.xor", [velocity, velocity]));
  });
  return b.finish(name);
}
