import type { ConstantArray, Model } from "tinyloom";
import { edgeName, onnxModel } from "./onnx_model.ts";
import type { LoadedModel, Peer } from "./peer.ts";
import { tensorsAt } from "./tensor_info.ts";

/** The part of onnxruntime-node that is used here. */
interface OnnxRuntime {
  readonly InferenceSession: {
    create(model: Uint8Array, options: object): Promise<Session>;
  };
  readonly Tensor: new (type: string, data: ConstantArray, shape: readonly number[]) => {
    readonly data: ConstantArray;
  };
}

interface Session {
  run(feeds: Record<string, unknown>): Promise<Record<string, { readonly data: ConstantArray }>>;
  release(): Promise<void>;
}

// Not a literal in the import: else every `deno check` would download it.
const specifier = "npm:onnxruntime-node@1.22.0";

/** onnxruntime as native code on the processor, for float32, and int8 as QDQ. */
export async function onnxNode(threads: number): Promise<Peer> {
  const { default: runtime }: { readonly default: OnnxRuntime } = await import(specifier);
  return { name: "onnxruntime-node", threads, load: (model) => load(runtime, model, threads) };
}

async function load(runtime: OnnxRuntime, model: Model, threads: number): Promise<LoadedModel> {
  const session = await runtime.InferenceSession.create(onnxModel(model), {
    executionProviders: ["cpu"],
    graphOptimizationLevel: "all",
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
  });
  let feeds: Record<string, unknown> = {};
  let results: Record<string, { readonly data: ConstantArray }> = {};
  return {
    setInputs(values: readonly ConstantArray[]) {
      feeds = Object.fromEntries(
        tensorsAt(model, model.inputs).map((
          { shape, dtype },
          i,
        ) => [edgeName(model.inputs[i]), new runtime.Tensor(dtype, values[i], shape)]),
      );
    },
    async run() {
      results = await session.run(feeds);
    },
    outputs: () => model.outputs.map((index) => results[edgeName(index)].data),
    dispose: () => session.release(),
  };
}
