import { litert } from "./litert.ts";
import { onnxWeb } from "./onnx_web.ts";
import type { Peer } from "./peer.ts";
import { tfjsTflite } from "./tfjs_tflite.ts";
import { tfjsWasm } from "./tfjs_wasm.ts";
import { tinyloom } from "./tinyloom.ts";

/** Those that read TFLite files, quantized or not. */
export async function tfliteContenders(threads: number): Promise<readonly Peer[]> {
  return [tinyloom(threads), await litert(threads), await tfjsTflite(threads)];
}

/** Those that compute in float32 only, given the same layers in operators of their own. */
export async function floatContenders(threads: number): Promise<readonly Peer[]> {
  return [await tfjsWasm(), await onnxWeb(threads)];
}
