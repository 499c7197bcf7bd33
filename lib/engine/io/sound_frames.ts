import type { ConstantArray } from "../../model/constant.ts";
import { dtypeRange } from "../../model/dtype.ts";
import type { Model } from "../../model/model.ts";
import { elements } from "../../model/shape.ts";
import type { Tensor } from "../../model/tensor.ts";
import { initialState } from "../reference/initial_state.ts";
import { runReference } from "../reference/run_reference.ts";
import { converted, numberFrames } from "./array_frames.ts";
import type { NpyArray } from "./npy.ts";
import type { Sound } from "./wav.ts";

/**
 * What turns sound into what a network was trained on: a model of its own, such as the audio
 * preprocessor of TensorFlow Lite Micro's examples, window by window.
 *
 * @category Files in and out
 */
export interface SoundFeatures {
  /** Takes a window of int16 samples, and gives the numbers of that moment. */
  readonly model: Model;
  /** Samples from one window to the next; default two thirds of a window (20 of 30 ms). */
  readonly strideSamples?: number;
}

/** Sound as what an input takes. */
export interface SoundFrames {
  readonly frames: readonly ConstantArray[];
  /** Samples of silence that fill the last frame. */
  readonly paddedSamples: number;
  /** Windows that features were computed of; 0 without features. */
  readonly windows: number;
}

/** Sound as frames of samples, or of features of them; silence fills the last one. */
export function soundFrames(
  { samples }: Pick<Sound, "samples">,
  input: Tensor,
  features?: SoundFeatures,
): SoundFrames {
  if (samples.length === 0) throw new RangeError("sound without samples");
  return features === undefined
    ? sampleFrames(samples, input)
    : featureFrames(samples, input, features);
}

const HOW =
  "name the model that computes its features of sound (`features`), or give these as an array";

function sampleFrames(samples: Float32Array, input: Tensor): SoundFrames {
  const { name, dtype, shape, quantization } = input;
  if (shape.filter((extent) => extent !== 1).length !== 1) {
    throw new TypeError(
      `sound for input "${name}" of shape [${shape}], which is no row of samples: ${HOW}`,
    );
  }
  const range = dtypeRange(dtype);
  if (quantization?.scales.length === 1 && range !== null) {
    const lowest = quantization.scales[0] * (range.min - quantization.zeroPoints[0]);
    if (lowest > -0.25) {
      throw new TypeError(
        `sound for input "${name}", whose integers stand for no number below ${lowest}, while ` +
          `samples swing from -1 to 1: ${HOW}`,
      );
    }
  }
  const size = elements(shape);
  const frames = Math.ceil(samples.length / size);
  const padded = new Float64Array(frames * size);
  padded.set(samples);
  const isPlain = dtype === "int16" && quantization === null;
  const numbers = isPlain ? Float64Array.from(padded, int16Of) : padded;
  return {
    frames: numberFrames(numbers, input),
    paddedSamples: padded.length - samples.length,
    windows: 0,
  };
}

function featureFrames(
  samples: Float32Array,
  input: Tensor,
  { model, strideSamples }: SoundFeatures,
): SoundFrames {
  const [window, moment] = [model.tensors[model.inputs[0]], model.tensors[model.outputs[0]]];
  const size = window && elements(window.shape);
  if (model.inputs.length !== 1 || model.outputs.length !== 1 || window.dtype !== "int16") {
    throw new TypeError(
      `features by a model of ${model.inputs.length} inputs, needed one window of int16 samples, ` +
        `and ${model.outputs.length} outputs, needed one`,
    );
  }
  const stride = strideSamples ?? Math.round(size * 2 / 3);
  if (!(Number.isInteger(stride) && stride >= 1)) {
    throw new RangeError(`strideSamples ${stride}, needed an integer of at least 1`);
  }
  const rows = elements(input.shape) / elements(moment.shape);
  if (!Number.isInteger(rows)) {
    throw new TypeError(
      `features of ${elements(moment.shape)} numbers, of which input "${input.name}" of shape ` +
        `[${input.shape}] is no multiple`,
    );
  }
  const found = Math.max(0, Math.floor((samples.length - size) / stride) + 1);
  const windows = Math.max(1, Math.ceil(found / rows)) * rows;
  const padded = new Int16Array(Math.max(samples.length, (windows - 1) * stride + size));
  padded.set(Int16Array.from(samples, int16Of));
  let state = initialState(model);
  const moments = Array.from({ length: windows }, (_, at) => {
    const result = runReference(model, [padded.slice(at * stride, at * stride + size)], { state });
    state = result.state;
    return result.outputs[0];
  });
  return {
    frames: Array.from({ length: windows / rows }, (_, frame) => {
      const values = joined(moments.slice(frame * rows, (frame + 1) * rows));
      return converted({ dtype: moment.dtype, shape: [values.length], values } as NpyArray, input);
    }),
    paddedSamples: padded.length - samples.length,
    windows,
  };
}

function joined(parts: readonly ConstantArray[]): ConstantArray {
  const [first] = parts as readonly Int8Array[];
  const all = new (first.constructor as Int8ArrayConstructor)(parts.length * first.length);
  (parts as readonly Int8Array[]).forEach((part, at) => all.set(part, at * first.length));
  return all;
}

function int16Of(sample: number): number {
  return Math.max(-(2 ** 15), Math.min(2 ** 15 - 1, Math.round(sample * 2 ** 15)));
}
