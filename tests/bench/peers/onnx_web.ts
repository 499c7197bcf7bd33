import type { ConstantArray, Model } from "tinyloom";
import { loadOnnxRuntime, type OnnxRuntime } from "../onnx_peer.ts";
import { edgeName, onnxModel } from "./onnx_model.ts";
import type { LoadedModel, Peer } from "./peer.ts";
import { tensorsAt } from "./tensor_info.ts";
import { keepWorker } from "./worker_global.ts";

/** onnxruntime-web on its WebAssembly backend, for float32; its threads are fixed for the process. */
export async function onnxWeb(threads: number): Promise<Peer> {
  const runtime = await loadOnnxRuntime(threads);
  return { name: "onnxruntime-web", threads, load: (model) => load(runtime, model) };
}

async function load(runtime: OnnxRuntime, model: Model): Promise<LoadedModel> {
  const file = onnxModel(model);
  const options = { executionProviders: ["wasm"] };
  const session = await keepWorker(() => runtime.InferenceSession.create(file, options));
  let feeds: Record<string, unknown> = {};
  let results: Record<string, { readonly data: Float32Array }> = {};
  return {
    setInputs(values: readonly ConstantArray[]) {
      feeds = Object.fromEntries(
        tensorsAt(model, model.inputs).map(({ shape }, i) => {
          const tensor = new runtime.Tensor("float32", values[i] as Float32Array, shape);
          return [edgeName(model.inputs[i]), tensor];
        }),
      );
    },
    async run() {
      results = await session.run(feeds);
    },
    outputs: () =>
      model.outputs.map((index) => results[edgeName(index)].data as Float32Array<ArrayBuffer>),
    dispose: () => session.release(),
  };
}
