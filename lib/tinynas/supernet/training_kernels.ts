import type { KernelCode } from "../../kernel/kernel.ts";
import type { KernelLibrary } from "../../native/kernel_library.ts";
import {
  columnMomentsKernel,
  columnSumsKernel,
  fillRowsKernel,
  normalizeGradientKernel,
  normalizeKernel,
  normalizeSumsKernel,
} from "./kernels/column_kernels.ts";
import { depthwiseKernel, depthwiseWeightsKernel } from "./kernels/depthwise_kernels.ts";
import { multiplyKernel } from "./kernels/multiply_kernel.ts";
import {
  type BlockKernel,
  copyPixelsKernel,
  imagesKernel,
  patchesKernel,
} from "./kernels/patches_kernel.ts";
import {
  addKernel,
  addRelu6Kernel,
  addShareKernel,
  descendKernel,
  maskRelu6Kernel,
  roundKernel,
  transposeKernel,
} from "./kernels/vector_kernels.ts";
import type { VectorBytes } from "./kernels/vectors.ts";

/** Filters and strides that depthwise convolutions may have. */
export const DEPTHWISE_KERNELS: readonly number[] = [3, 5, 7];
const STRIDES = [1, 2];

/** What the kernels of training are written for. */
export interface TrainingKernels {
  /** Channels of images. */
  readonly inputChannels: number;
  /** The widest vectors. */
  readonly widest: VectorBytes;
}

/** The kernels of training. */
export function trainingKernels(
  { inputChannels, widest }: TrainingKernels,
): readonly KernelCode[] {
  return [
    multiplyKernel("multiply", "rows", widest),
    multiplyKernel("multiplyTransposed", "columns", widest),
    transposeKernel("transpose"),
    patchesKernel("patches", inputChannels),
    copyPixelsKernel("copyPixels", widest),
    ...depthwiseCases().flatMap(({ columns, stride }) => {
      const block = depthwiseBlock(columns, stride, widest);
      return [block.kernel, imagesKernel(depthwiseKernelName(columns, stride), block, widest)];
    }),
    ...DEPTHWISE_KERNELS.flatMap((columns) =>
      STRIDES.flatMap((stride) => {
        const block = depthwiseWeightsBlock(columns, stride, widest);
        return [block.kernel, imagesKernel(depthwiseWeightsName(columns, stride), block, widest)];
      })
    ),
    columnSumsKernel("columnSums", widest),
    columnMomentsKernel("columnMoments", widest),
    ...(["NONE", "RELU6"] as const).flatMap((activation) => [
      normalizeKernel(`normalize_${activation}`, activation, widest),
      normalizeSumsKernel(`normalizeSums_${activation}`, activation, widest),
      normalizeGradientKernel(`normalizeGradient_${activation}`, activation, widest),
    ]),
    fillRowsKernel("fillRows", widest),
    addKernel("add", widest),
    addRelu6Kernel("addRelu6", widest),
    maskRelu6Kernel("maskRelu6", widest),
    descendKernel("descend", widest),
    roundKernel("roundToInt8", widest),
    addShareKernel("addShare", widest),
  ];
}

function depthwiseBlock(columns: number, stride: number, widest: VectorBytes): BlockKernel {
  return {
    kernel: depthwiseKernel(`depthwiseBlock${columns}_${stride}`, { columns, stride, widest }),
    channels: ["y"],
    images: ["y"],
    blocks: ["w"],
  };
}

function depthwiseWeightsBlock(columns: number, stride: number, widest: VectorBytes): BlockKernel {
  const name = `depthwiseWeightsBlock${columns}_${stride}`;
  return {
    kernel: depthwiseWeightsKernel(name, { columns, stride, widest }),
    channels: ["dw", "dy"],
    images: ["dy"],
    blocks: [],
  };
}

/**
 * The kernels as native code, with vectors as wide as the processor's: the same bits. Nothing of it is
 * loaded before it is asked for.
 *
 * @throws {CompilerError} there is no compiler, or it fails, or this is not Deno.
 */
export async function trainingLibrary(inputChannels: number): Promise<KernelLibrary> {
  const { compileKernels } = await import("../../native/kernel_library.ts");
  return await compileKernels((widest) => trainingKernels({ inputChannels, widest }));
}

/** Filters, and with stride 1 also their even and odd taps, which gradients of stride 2 need. */
function depthwiseCases(): readonly { readonly columns: number; readonly stride: number }[] {
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
