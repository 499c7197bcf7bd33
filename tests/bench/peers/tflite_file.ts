import { type Model, writeModel } from "tinyloom";

/**
 * A model as a TFLite file that other runtimes accept: the same operators and the same weights, with
 * two fields mended. A bias of rank 1 has its scales along dimension 0 (person_detect.tflite says 3,
 * which `readModel` corrects), and a batch of unknown size is the batch of 1 that the shape says.
 */
export function tfliteFile(model: Model): Uint8Array<ArrayBuffer> {
  const tensors = model.tensors.map(({ shapeSignature: _, ...tensor }) => tensor);
  return new Uint8Array(writeModel({ ...model, tensors }));
}
