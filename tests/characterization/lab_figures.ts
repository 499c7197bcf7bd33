import {
  compile,
  type Computation,
  type ConvShape,
  convShapeText,
  convVariants,
  execute,
  type MatmulOptions,
  matmulVariants,
  randomInputs,
} from "tinyloom";
import { meaningOf } from "../../lib/nest/pipeline.ts";
import { digestArrays } from "./digest_arrays.ts";
import type { Figures } from "./figures.ts";

// Whole vectors and tiles; remainders of everything; a single row, as of a fully connected layer.
const products: readonly MatmulOptions[] = [
  { m: 48, k: 64, n: 64 },
  { m: 33, k: 37, n: 21 },
  { m: 1, k: 40, n: 50 },
];

const layers: readonly ConvShape[] = [
  { height: 8, width: 8, inChannels: 16, outChannels: 16, kernel: [3, 3], padding: "same" },
  { height: 9, width: 7, inChannels: 3, outChannels: 10, kernel: [3, 3], stride: 2 },
  { height: 5, width: 6, inChannels: 12, outChannels: 20, kernel: [1, 1] },
  {
    height: 9,
    width: 9,
    inChannels: 16,
    outChannels: 16,
    kernel: [3, 3],
    padding: "same",
    depthwise: true,
  },
  {
    height: 11,
    width: 10,
    inChannels: 6,
    outChannels: 6,
    kernel: [5, 5],
    stride: 2,
    depthwise: true,
  },
];

const dtypes = ["f32", "i8"] as const;

/** The problems of the lab that are recorded, by name, and all variants of each. */
export const labCases: Readonly<Record<string, () => Readonly<Record<string, Computation>>>> =
  Object.fromEntries(dtypes.flatMap((dtype) => [
    ...products.map(({ m, k, n }) =>
      [`matmul ${m}x${k}x${n} ${dtype}`, () => matmulVariants({ m, k, n, dtype })] as const
    ),
    ...layers.map((shape) => {
      const zeroPoint = dtype === "i8" ? 3 : 0;
      return [
        `conv ${convShapeText(shape)} ${dtype}`,
        () => convVariants({ ...shape, dtype, zeroPoint }) as Record<string, Computation>,
      ] as const;
    }),
  ]));

/**
 * Every variant of a problem: what it computes with every product rounded, and the length of its
 * module; of `best` also the length with fused multiply-adds, whose results depend on the machine.
 */
export function labFigures(name: string): Readonly<Record<string, Figures>> {
  const found: Record<string, Figures> = {};
  for (const [variant, computation] of Object.entries(labCases[name]())) {
    const inputs = randomInputs(meaningOf(computation), { seed: 1 });
    const outputs = digestArrays(Object.values(execute(computation, inputs)));
    const sizeOf = (fma: boolean) => compile(computation, { fma }).wasm.length;
    found[variant] = { peakBytes: null, outputs, wasmBytes: sizeOf(false) };
    if (variant === "best") {
      found["best, fused"] = { peakBytes: null, outputs: "", wasmBytes: sizeOf(true) };
    }
  }
  return found;
}
