import type { Model } from "tinyloom";
import { allowClassicWorkers } from "./classic_worker.ts";
import { npmFile } from "./npm_file.ts";
import type { LoadedModel, Peer } from "./peer.ts";
import { bytesOf, elementsOf, tensorsAt } from "./tensor_info.ts";
import { tfliteFile } from "./tflite_file.ts";

const package_ = "npm:@tensorflow/tfjs-tflite@0.0.1-alpha.10";

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
  _malloc(size: number): number;
  _free(at: number): void;
}

interface Runner {
  GetInputs(): Vector;
  GetOutputs(): Vector;
  Infer(): boolean;
  delete(): void;
}

interface Vector {
  get(index: number): { data(): ArrayBufferView };
  delete(): void;
}

/** tfjs-tflite: TensorFlow Lite in WebAssembly, XNNPACK inside; called through its bindings. */
export async function tfjsTflite(threads: number): Promise<Peer> {
  const wasm = await loadWasm(`tflite_web_api_cc_simd${threads > 1 ? "_threaded" : ""}`);
  return {
    name: "tfjs-tflite",
    threads,
    load: (model) => Promise.resolve(load(model, { wasm, threads })),
  };
}

async function loadWasm(name: string): Promise<Wasm> {
  const entry = `${package_}/wasm/${name}.js`;
  const script = (await npmFile(entry, `wasm/${name}.js`)).href;
  const { default: factory } = await import(entry);
  const restore = allowClassicWorkers();
  try {
    const quiet = () => {};
    return await factory({
      wasmBinary: await Deno.readFile(new URL(`${name}.wasm`, script)),
      mainScriptUrlOrBlob: script,
      locateFile: (file: string) => new URL(file, script).href,
      print: quiet,
      printErr: quiet,
    });
  } finally {
    restore();
  }
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
    dispose() {
      runner.delete();
      wasm._free(at);
    },
  };
}
