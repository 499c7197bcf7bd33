import type { Nest, Timed } from "tinyloom";
import { verifyOutput } from "../../../lib/measure/timed_nest.ts";
import type { ProductProblem } from "./open_blas.ts";

/** oneDNN in this process. */
export interface OneDnn extends Disposable {
  /** What the record says of it. */
  readonly about: {
    readonly library: "oneDNN";
    readonly version: string;
    /** The instructions that it chose kernels for; `DNNL_MAX_CPU_ISA` limits them. */
    readonly isa: string;
    readonly threads: number;
  };
  /** A product of float32, or of int8 into int32, that can be verified and timed. */
  readonly product: (nest: Nest, problem: ProductProblem) => Timed;
}

/** `dnnl_cpu_isa_t` of oneDNN 2.6 (include/oneapi/dnnl/dnnl_types.h). */
const INSTRUCTION_SETS: Readonly<Record<number, string>> = {
  0x1: "SSE4.1",
  0x3: "AVX",
  0x7: "AVX2",
  0x27: "AVX-512",
  0x67: "AVX-512 VNNI",
  0xe7: "AVX-512 BF16",
  0x3e7: "AVX-512 AMX",
  0x407: "AVX2 VNNI",
};

const LENGTHS = ["i64", "i64", "i64", "f32"] as const;
const SYMBOLS = {
  dnnl_version: { parameters: [], result: "pointer" },
  dnnl_get_effective_cpu_isa: { parameters: [], result: "u32" },
  dnnl_sgemm: {
    parameters: [
      ...["u8", "u8", ...LENGTHS] as const,
      ...["buffer", "i64", "buffer", "i64", "f32", "buffer", "i64"] as const,
    ],
    result: "i32",
  },
  dnnl_gemm_s8s8s32: {
    parameters: [
      ...["u8", "u8", "u8", ...LENGTHS] as const,
      ...["buffer", "i64", "i8", "buffer", "i64", "i8", "f32", "buffer", "i64", "buffer"] as const,
    ],
    result: "i32",
  },
} as const satisfies Deno.ForeignLibraryInterface;

/**
 * Opens oneDNN (Debian: libdnnl2), which runs on so many threads of OpenMP; null: it is not installed.
 */
export function oneDnn(threads: number): OneDnn | null {
  const library = opened("libdnnl.so.2", SYMBOLS);
  const openMp = opened("libgomp.so.1", {
    omp_set_num_threads: { parameters: ["i32"], result: "void" },
  });
  if (library === null || openMp === null) {
    library?.close();
    openMp?.close();
    return null;
  }
  openMp.symbols.omp_set_num_threads(threads);
  const { symbols } = library;
  const view = new Deno.UnsafePointerView(symbols.dnnl_version()!);
  const isa = symbols.dnnl_get_effective_cpu_isa();
  const about = {
    library: "oneDNN",
    version: [0, 4, 8].map((at) => view.getInt32(at)).join("."),
    isa: INSTRUCTION_SETS[isa] ?? `0x${isa.toString(16)}`,
    threads,
  } as const;
  return {
    about,
    product: ({ shape, tensors }, { m, k, n, inputs, reference }) => {
      const { dtype } = tensors[0];
      const output = dtype === "f32" ? new Float32Array(m * n) : new Int32Array(m * n);
      const run = () => {
        const status = multiply(symbols, { sizes: [m, k, n], inputs, output });
        if (status !== 0) throw new Error(`oneDNN ends with status ${status} for ${shape}`);
      };
      return {
        name: `oneDNN ${about.version}, ${about.isa}`,
        ...{ shape, dtype, threads },
        schedule: [about],
        macs: m * k * n,
        verify: () => {
          output.fill(0);
          run();
          return verifyOutput(output, reference);
        },
        warm: run,
        run,
      };
    },
    [Symbol.dispose]: () => {
      library.close();
      openMp.close();
    },
  };
}

const [PLAIN, ONE_OFFSET] = ["N", "F"].map((letter) => letter.charCodeAt(0));
const NO_OFFSET = new Int32Array(1);

/** `output = A B`, all of them by rows; returns the library's status, 0 if all went well. */
function multiply(
  symbols: Deno.DynamicLibrary<typeof SYMBOLS>["symbols"],
  { sizes, inputs, output }: {
    readonly sizes: readonly [m: number, k: number, n: number];
    readonly inputs: ProductProblem["inputs"];
    readonly output: Float32Array<ArrayBuffer> | Int32Array<ArrayBuffer>;
  },
): number {
  const [m, k, n] = sizes.map(BigInt);
  const [a, b] = [inputs.A, inputs.B] as readonly Float32Array<ArrayBuffer>[];
  return output instanceof Float32Array
    ? symbols.dnnl_sgemm(PLAIN, PLAIN, m, n, k, 1, a, k, b, n, 0, output, n)
    : symbols.dnnl_gemm_s8s8s32(
      ...[PLAIN, PLAIN, ONE_OFFSET] as const,
      ...[m, n, k, 1, a, k, 0, b, n, 0, 0, output, n, NO_OFFSET] as const,
    );
}

/** A library; null: there is none of that name. */
function opened<S extends Deno.ForeignLibraryInterface>(
  name: string,
  symbols: S,
): Deno.DynamicLibrary<S> | null {
  try {
    return Deno.dlopen(name, symbols);
  } catch (error) {
    if (error instanceof Deno.errors.NotCapable) throw error;
    return null;
  }
}
