import type { Model } from "tinyloom";
import { npmFile } from "./npm_file.ts";
import type { LoadedModel, Peer } from "./peer.ts";
import { bytesOf, elementsOf, tensorsAt } from "./tensor_info.ts";
import { tfliteFile } from "./tflite_file.ts";
import { ClassicWorker, keepWorker } from "./worker_global.ts";

// Not a literal in the import: else every `deno check` would download it.
const specifier = "npm:@tensorflow/tfjs-tflite@0.0.1-alpha.10";

/** The part of its WebAssembly interface that is used here. */
interface Wasm {
  readonly HEAPU8: Uint8Array;
  readonly TFLiteWebModelRunner: {
    CreateFromBufferAndOptions(at: number, size: number, options: object): {
      ok(): boolean;
      errorMessage(): string;
      value(): Runner;
    };
  };
  readonly PThread?: { terminateAllThreads(): void };
  _malloc(size: number): number;
}

interface Runner {
  GetInputs(): Vector;
  GetOutputs(): Vector;
  Infer(): boolean;
}

interface Vector {
  get(index: number): { data(): ArrayBufferView };
  delete(): void;
}

/** tfjs-tflite: TensorFlow Lite in WebAssembly, XNNPACK inside; called through its bindings. */
export async function tfjsTflite(threads: number): Promise<Peer> {
  const start = await prepareWasm(`tflite_web_api_cc_simd${threads > 1 ? "_threaded" : ""}`);
  // Each model in an instance of its own: one with SVDF leaves the memory in disorder.
  return {
    name: "tfjs-tflite",
    threads,
    load: async (model) => load(model, { wasm: await start(), threads }),
  };
}

/** Downloads the library; the result starts one instance of it. */
async function prepareWasm(name: string): Promise<() => Promise<Wasm>> {
  const entry = `${specifier}/wasm/${name}.js`;
  const script = (await npmFile(entry, `wasm/${name}.js`)).href;
  const wasmBinary = await Deno.readFile(new URL(`${name}.wasm`, script));
  const { default: factory } = await import(entry);
  const quiet = () => {};
  const options = {
    wasmBinary,
    mainScriptUrlOrBlob: script,
    locateFile: (file: string) => new URL(file, script).href,
    print: quiet,
    printErr: quiet,
  };
  return () => keepWorker(() => factory({ ...options }), { during: ClassicWorker });
}

function load(
  model: Model,
  { wasm, threads: numThreads }: { wasm: Wasm; threads: number },
): LoadedModel {
  const file = tfliteFile(model);
  const at = wasm._malloc(file.length);
  wasm.HEAPU8.set(file, at);
  const created = wasm.TFLiteWebModelRunner.CreateFromBufferAndOptions(at, file.length, {
    numThreads,
    enableProfiling: false,
    maxProfilingBufferEntries: 1024,
  });
  if (!created.ok()) throw new Error(created.errorMessage());
  const runner = created.value();
  // Views are taken anew each time: they end when the library's memory grows.
  const views = (vector: Vector, count: number) => {
    const all = Array.from({ length: count }, (_, i) => bytesOf(vector.get(i).data()));
    vector.delete();
    return all;
  };
  const outputs = tensorsAt(model, model.outputs);
  return {
    setInputs(values) {
      views(runner.GetInputs(), values.length).forEach((view, i) => view.set(bytesOf(values[i])));
    },
    run() {
      if (!runner.Infer()) throw new Error("tfjs-tflite could not run the model");
    },
    outputs: () =>
      views(runner.GetOutputs(), outputs.length).map((view, i) => elementsOf(outputs[i], view)),
    dispose: () => wasm.PThread?.terminateAllThreads(),
  };
}
