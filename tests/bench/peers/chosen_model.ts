import { type Model, readModel } from "tinyloom";
import { loadModel } from "../../../lib/cli/load_model.ts";
import { sharedModels } from "../../model/shared_models.ts";
import { floatModel } from "./float_model.ts";

const floatPrefix = "float:";

/**
 * The model that an argument names: one of ../shared/models, a `.tflite` file or a network of the
 * zoo (`zoo:mobilenet_v2,width=0.35`), and with `float:` in front of it the float32 network behind it.
 */
export async function chosenModel(argument: string): Promise<Model> {
  if (argument.startsWith(floatPrefix)) {
    return floatModel(await chosenModel(argument.slice(floatPrefix.length)));
  }
  const shared = sharedModels().find(({ name }) => name === argument);
  if (shared) return readModel(shared.bytes);
  return await loadModel(argument, {
    ...{ resolve: (path: string) => path, flags: {}, note: () => {} },
    signal: new AbortController().signal,
  });
}
