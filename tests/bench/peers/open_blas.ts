import type { NativeTarget, Nest, TensorData, Timed } from "tinyloom";
import { type Reference, verifyOutput } from "../../../lib/measure/timed_nest.ts";

/** OpenBLAS in this process. */
export interface OpenBlas extends Disposable {
  /** The processor whose kernels it chose. */
  readonly coreName: string;
  /** A product of float32 that can be verified and timed. */
  readonly product: (nest: Nest, problem: ProductProblem) => Timed;
}

/** What a product of a library is given, and held to. */
export interface ProductProblem {
  readonly m: number;
  readonly k: number;
  readonly n: number;
  readonly inputs: Readonly<Record<string, TensorData>>;
  /** Of the plain nest: int32 is held to it bit by bit. */
  readonly reference: Reference;
}

const PATHS = [
  "/usr/lib/x86_64-linux-gnu/openblas-pthread/libopenblas.so.0",
  "/usr/lib/aarch64-linux-gnu/openblas-pthread/libopenblas.so.0",
];

/**
 * Opens OpenBLAS; null: it is not installed. In a virtual machine it may not know the processor and then
 * takes kernels for one of 2004, so it is told by the instructions that the compiler found.
 */
export function openBlas(target: NativeTarget, threads: number): OpenBlas | null {
  const path = PATHS.find((each) => isThere(each));
  if (path === undefined) return null;
  const core = /__AVX512BF16__/.test(target.macros)
    ? "Cooperlake"
    : target.vectorBytes === 64
    ? "SkylakeX"
    : target.vectorBytes === 32
    ? "Haswell"
    : null;
  if (core !== null && Deno.env.get("OPENBLAS_CORETYPE") === undefined) {
    Deno.env.set("OPENBLAS_CORETYPE", core);
  }
  const library = Deno.dlopen(path, {
    cblas_sgemm: {
      parameters: [
        ...["i32", "i32", "i32", "i32", "i32", "i32"] as const,
        ...["f32", "buffer", "i32", "buffer", "i32", "f32", "buffer", "i32"] as const,
      ],
      result: "void",
    },
    openblas_get_corename: { parameters: [], result: "pointer" },
    openblas_set_num_threads: { parameters: ["i32"], result: "void" },
  });
  const { symbols } = library;
  symbols.openblas_set_num_threads(threads);
  const coreName = new Deno.UnsafePointerView(symbols.openblas_get_corename()!).getCString();
  return {
    coreName,
    product: ({ shape }, { m, k, n, inputs, reference }) => {
      const [a, b] = [inputs.A, inputs.B] as readonly Float32Array<ArrayBuffer>[];
      const c = new Float32Array(m * n);
      const [rowMajor, plain] = [101, 111];
      const run = () =>
        symbols.cblas_sgemm(rowMajor, plain, plain, m, n, k, 1, a, k, b, n, 1, c, n);
      return {
        name: `OpenBLAS ${coreName}`,
        shape,
        dtype: "f32",
        schedule: [{ library: "OpenBLAS", core: coreName }],
        threads,
        macs: m * k * n,
        verify: () => {
          c.fill(0);
          run();
          return verifyOutput(c, reference);
        },
        warm: run,
        run,
      };
    },
    [Symbol.dispose]: () => library.close(),
  };
}

function isThere(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}
