import { encodeKernels } from "../../codegen/wasm/encode_module.ts";
import type { KernelCode } from "../../kernel/kernel.ts";
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
import { multiplyKernel } from "./kernels/multiply_kernel.ts";
import { copyPixelsKernel, patchesKernel } from "./kernels/patches_kernel.ts";
import {
  addKernel,
  addRelu6Kernel,
  addShareKernel,
  descendKernel,
  maskRelu6Kernel,
  roundKernel,
} from "./kernels/vector_kernels.ts";

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
    roundKernel("round"),
    addShareKernel("addShare"),
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
