import { type Reference, type Timed, verifyOutput } from "../../lib/measure/timed_nest.ts";
import { type MatmulSizes, onnxMatmul } from "./onnx_matmul.ts";

/** Inputs of one product and what it should be. */
export interface Problem extends MatmulSizes {
  readonly shape: string;
  readonly A: Float32Array<ArrayBuffer>;
  readonly B: Float32Array<ArrayBuffer>;
  readonly reference: Reference;
}

/** The part of onnxruntime-web that is used here. */
export interface OnnxRuntime {
  readonly env: { readonly wasm: { numThreads: number } };
  readonly InferenceSession: {
    create(model: Uint8Array, options: object): Promise<Session>;
  };
  readonly Tensor: new (type: string, data: Float32Array, shape: readonly number[]) => unknown;
}

interface Session {
  run(feeds: Record<string, unknown>): Promise<Record<string, { readonly data: Float32Array }>>;
  release(): Promise<void>;
}

// Not a literal in the import: else every `deno check` would download it.
const specifier = "npm:onnxruntime-web@1.30.0";

/** Loads onnxruntime-web for so many threads, which are fixed for the process. */
export async function loadOnnxRuntime(threads: number): Promise<OnnxRuntime> {
  // It asks for this before it starts threads; Deno shares memory between threads anyway.
  Object.assign(globalThis, { crossOriginIsolated: true });
  const runtime: OnnxRuntime = await import(specifier);
  runtime.env.wasm.numThreads = threads;
  return runtime;
}

/** A product as onnxruntime-web runs it: B is a constant of the model, packed beforehand. */
export async function onnxPeer(
  runtime: OnnxRuntime,
  { m, k, n, shape, A, B, reference }: Problem,
): Promise<Timed> {
  const session = await runtime.InferenceSession.create(onnxMatmul({ m, k, n }, B), {
    executionProviders: ["wasm"],
  });
  const feeds = { A: new runtime.Tensor("float32", A, [m, k]) };
  const run = async () => {
    await session.run(feeds);
  };
  return {
    name: "onnxruntime-web",
    shape,
    dtype: "f32",
    schedule: [],
    threads: runtime.env.wasm.numThreads,
    macs: m * k * n,
    verify: async () => verifyOutput((await session.run(feeds)).C.data, reference),
    warm: run,
    run,
  };
}
