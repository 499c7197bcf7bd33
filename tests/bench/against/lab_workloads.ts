import { type Computation, type ConvShape, convShapeText, type MatmulOptions } from "tinyloom";
import { randomStream } from "../../../lib/measure/random.ts";
import type { Revision } from "./revision.ts";
import type { Built, Output, Workload } from "./workload.ts";

// Those of `deno task bench:peers`.
const small: MatmulOptions = { m: 256, k: 256, n: 256 };
const square: MatmulOptions = { m: 1024, k: 1024, n: 1024 };
const lecture: MatmulOptions = { m: 640, k: 12800, n: 640 };

// On one thread "threads" is "reorder".
const ladder = ["naive", "reorder", "tile", "unroll", "simd"] as const;

const layers: readonly ConvShape[] = [
  { height: 28, width: 28, inChannels: 64, outChannels: 64, kernel: [3, 3], padding: "same" },
  { height: 40, width: 40, inChannels: 48, outChannels: 48, kernel: [3, 3], padding: "same" },
];
// In place the input is another one after every run.
const denseVariants = ["direct", "implicit", "im2col", "winograd2", "winograd4", "planes"] as const;
const depthwiseVariants = ["channels", "pairs", "planes"] as const;

/** Products: the best schedule of each size, and at the smallest what leads up to it. */
export function matmulWorkloads({ quick }: { readonly quick: boolean }): readonly Workload[] {
  const best = [
    ...quick ? [small, square] : [small, square, lecture],
    { ...small, dtype: "i8" } as const,
  ];
  return [
    ...best.map((options) => matmulWorkload("best", options)),
    ...ladder.map((name) => matmulWorkload(name, small)),
  ];
}

/** Variants of a convolution and, as a depthwise one, of another. */
export function convWorkloads({ quick }: { readonly quick: boolean }): readonly Workload[] {
  const [dense, depthwise] = [layers[0], { ...layers[1], depthwise: true }];
  const chosen = [
    ...denseVariants.map((variant) => ({ variant, shape: dense })),
    ...(["f32", "i8"] as const).flatMap((dtype) =>
      depthwiseVariants.map((variant) => ({ variant, shape: { ...depthwise, dtype } }))
    ),
    { variant: "implicit", shape: { ...dense, dtype: "i8" } } as const,
    { variant: "im2col", shape: { ...dense, dtype: "i8" } } as const,
  ].filter(({ variant, shape }) => variant !== "pairs" || (shape as ConvShape).dtype === "i8");
  return chosen.filter((_, i) => !quick || i % 2 === 0).map(({ variant, shape }) => {
    const { height, width, kernel, inChannels, outChannels, dtype = "f32" } = shape as ConvShape;
    const each = kernel[0] * kernel[1] * ("depthwise" in shape ? 1 : inChannels);
    return {
      group: "conv",
      name: `${variant} ${convShapeText(shape)}`,
      dtype,
      macs: height * width * outChannels * each,
      build: (revision) => {
        const made = revision.convVariants(shape)[variant];
        if (made === undefined) throw new TypeError(`there is no variant "${variant}"`);
        return builtKernel(revision, made);
      },
    };
  });
}

function matmulWorkload(name: typeof ladder[number] | "best", options: MatmulOptions): Workload {
  const { m, k, n, dtype = "f32" } = options;
  return {
    group: "matmul",
    name: `${name} ${m}x${k}x${n}`,
    dtype,
    macs: m * k * n,
    build: (revision) => builtKernel(revision, revision.matmulVariants(options)[name]),
  };
}

/** A kernel of the lab with seeded inputs, on one thread, multiplications and additions fused. */
export function builtKernel(revision: Revision, computation: Computation): Built {
  const kernel = revision.compile(computation, { fma: true });
  const instance = revision.instantiate(kernel);
  const named = Object.entries(kernel.tensors);
  const start = () =>
    named.forEach(([name, { role }], index) => {
      const values = instance.tensors[name];
      if (role === "output") values.fill(0);
      else fill(values as Float32Array, index);
    });
  start();
  instance.prepare();
  return {
    outputs: () => {
      start();
      instance.run();
      return named.filter(([, { role }]) => role === "output")
        .map(([name]) => instance.tensors[name].slice() as Output);
    },
    warm: () => instance.warm(),
    run: instance.run,
    [Symbol.dispose]: instance[Symbol.dispose],
  };
}

/** Floats over [-1, 1), integers over their whole range. */
function fill(values: Float32Array | Int8Array, index: number): void {
  const random = randomStream(1, index);
  const isFloat = values instanceof Float32Array;
  for (let at = 0; at < values.length; at++) {
    const bits = random(2 ** 24);
    values[at] = isFloat ? bits / 2 ** 23 - 1 : bits;
  }
}
