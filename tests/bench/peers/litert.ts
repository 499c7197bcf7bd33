import { createRequire } from "node:module";
import { type Model, sizeBytes } from "tinyloom";
import { npmFile } from "./npm_file.ts";
import type { LoadedModel, Peer } from "./peer.ts";
import { bytesOf, elementsOf, tensorsAt } from "./tensor_info.ts";
import { tfliteFile } from "./tflite_file.ts";
import { keepWorker } from "./worker_global.ts";

// Not a literal in the import: else every `deno check` would download it.
const specifier = "npm:@litertjs/core@2.5.3";

/** The part of LiteRT's WebAssembly interface that is used here. */
interface Wasm {
  readonly HEAPU8: Uint8Array;
  readonly LiteRtEnvironment: { create(webGpuDevice: null): unknown };
  readonly LiteRtTensorBuffer: {
    createManaged(environment: unknown, kind: unknown, type: unknown, size: number): Buffer;
  };
  readonly LiteRtTensorBufferType: { readonly HOST_MEMORY: unknown };
  readonly LiteRtTensorBufferLockMode: { readonly READ: unknown; readonly WRITE: unknown };
  _malloc(size: number): number;
  _free(at: number): void;
  setupLogging(): void;
  loadModel(environment: unknown, at: number, size: number): Loaded;
  compileModel(environment: unknown, model: Loaded, options: object): Promise<Compiled> | Compiled;
}

interface Buffer {
  lock(mode: unknown): number;
  unlock(): void;
  delete(): void;
}

interface Loaded {
  getInputTensorType(signature: number, input: number): unknown;
  delete(): void;
}

interface Compiled {
  run(signature: number, inputs: readonly Buffer[]): readonly Buffer[];
  delete(): void;
}

/**
 * LiteRT.js: TFLite's successor in the browser, XNNPACK inside. Called through the bindings that its
 * own JavaScript calls, so that copies and promises of that layer are not counted against it.
 */
export async function litert(threads: number): Promise<Peer> {
  const wasm = await loadWasm(
    threads > 1 ? "litert_wasm_threaded_internal" : "litert_wasm_internal",
  );
  wasm.setupLogging();
  const environment = wasm.LiteRtEnvironment.create(null);
  return {
    name: "LiteRT.js",
    threads,
    load: (model) => load(model, { wasm, environment, threads }),
  };
}

/** LiteRT's loader is a classic script; Deno runs it, and its threads, as a CommonJS module. */
async function loadWasm(name: string): Promise<Wasm> {
  const folder = await Deno.makeTempDir();
  try {
    const script = `${folder}/${name}.cjs`;
    await Deno.copyFile(await npmFile(specifier, `wasm/${name}.js`), script);
    const wasmBinary = await Deno.readFile(await npmFile(specifier, `wasm/${name}.wasm`));
    const quiet = () => {};
    const options = { wasmBinary, print: quiet, printErr: quiet };
    return await keepWorker(() => createRequire(import.meta.url)(script)(options));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function load(
  model: Model,
  { wasm, environment, threads }: { wasm: Wasm; environment: unknown; threads: number },
): Promise<LoadedModel> {
  const file = tfliteFile(model);
  const at = wasm._malloc(file.length);
  wasm.HEAPU8.set(file, at);
  const loaded = wasm.loadModel(environment, at, file.length);
  const compiled = await wasm.compileModel(environment, loaded, {
    accelerator: "wasm",
    cpuOptions: { numThreads: threads },
    gpuOptions: {},
    webNNOptions: {},
  });
  const { HOST_MEMORY } = wasm.LiteRtTensorBufferType;
  const { READ, WRITE } = wasm.LiteRtTensorBufferLockMode;
  const inputs = tensorsAt(model, model.inputs).map((tensor, i) => {
    const type = loaded.getInputTensorType(0, i);
    return wasm.LiteRtTensorBuffer.createManaged(environment, HOST_MEMORY, type, sizeBytes(tensor));
  });
  let results: readonly Buffer[] = [];
  const release = () => results.forEach((result) => result.delete());
  return {
    setInputs(values) {
      inputs.forEach((input, i) => {
        const to = input.lock(WRITE);
        wasm.HEAPU8.set(bytesOf(values[i]), to);
        input.unlock();
      });
    },
    run() {
      release();
      results = compiled.run(0, inputs);
    },
    outputs: () =>
      tensorsAt(model, model.outputs).map((tensor, i) => {
        const from = results[i].lock(READ);
        const bytes = wasm.HEAPU8.slice(from, from + sizeBytes(tensor));
        results[i].unlock();
        return elementsOf(tensor, bytes);
      }),
    dispose() {
      release();
      inputs.forEach((input) => input.delete());
      compiled.delete();
      loaded.delete();
      wasm._free(at);
    },
  };
}
