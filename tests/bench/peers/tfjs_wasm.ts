import { type Model, zeroValues } from "tinyloom";
import type { LoadedModel, Peer } from "./peer.ts";
import { tensorsAt } from "./tensor_info.ts";
import { type Tensor, type Tensorflow, tfjsLayers } from "./tfjs_layers.ts";

// In variables: else every `deno check` would download them.
const core = "npm:@tensorflow/tfjs-core@4.22.0";
const backend = "npm:@tensorflow/tfjs-backend-wasm@4.22.0";

/** TensorFlow.js on its WebAssembly backend, for float32; it has one thread outside browsers. */
export async function tfjsWasm(): Promise<Peer> {
  const tf: Tensorflow = await import(core);
  await import(backend);
  await tf.setBackend("wasm");
  return { name: "tfjs-backend-wasm", threads: 1, load: (model) => load(tf, model) };
}

function load(tf: Tensorflow, model: Model): Promise<LoadedModel> {
  const layers = tfjsLayers(tf, model);
  let inputs: readonly Tensor[] = [];
  let results: readonly Tensor[] = [];
  const release = (tensors: readonly Tensor[]) => tensors.forEach((tensor) => tensor.dispose());
  return Promise.resolve({
    setInputs(values) {
      release(inputs);
      inputs = tensorsAt(model, model.inputs).map(({ shape }, i) =>
        tf.tensor(Float32Array.from(values[i] as Iterable<number>), shape)
      );
    },
    run() {
      release(results);
      results = layers.run(inputs);
    },
    outputs: () =>
      tensorsAt(model, model.outputs).map(({ dtype }, i) => {
        const data = results[i].dataSync();
        const values = zeroValues(dtype, data.length);
        (values as Float32Array).set(data);
        return values;
      }),
    dispose() {
      release(inputs);
      release(results);
      layers.dispose();
    },
  });
}
