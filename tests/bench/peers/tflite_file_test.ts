import { type Model, readModel, zoo } from "tinyloom";
import { assertEquals } from "../../assert.ts";
import { tfliteFile } from "./tflite_file.ts";

Deno.test("other runtimes get the same model, its batch of known size", () => {
  const model = zoo("mlperf-tiny-ad");
  const [input] = model.inputs;
  const tensors = model.tensors.map((tensor, index) =>
    index === input ? { ...tensor, shapeSignature: [-1, 640] } : tensor
  );
  const open: Model = { ...model, tensors };
  assertEquals(readModel(tfliteFile(open)), readModel(tfliteFile(model)));
  assertEquals(readModel(tfliteFile(open)).tensors[input].shapeSignature, undefined);
});
