import { checkOptions, checkWhole } from "../../check_arguments.ts";
import type { Model } from "../../model/model.ts";
import type { Operator, OperatorAttributes, OperatorName } from "../../model/operator.ts";
import type { Tensor } from "../../model/tensor.ts";
import { type MelBank, melBank, pcanGains } from "./audio_tables.ts";

/** Samples a second that it takes. */
export const SAMPLE_RATE = 16_000;
/** Samples of a frame, of 30 ms. */
export const FRAME = 480;
/** Samples from one frame to the next, 20 ms. */
export const STEP = 320;
const FFT = 512;
const BINS = FFT / 2 + 1;
/** Beyond, low channels have no bin of the spectrum. */
const MOST_CHANNELS = 64;
/** Bits behind the point of window, smoothing and subtraction. */
const WINDOW_BITS = 12;
const SUBTRACTION_BITS = 14;

/**
 * Options of `audioFrontEnd`.
 *
 * @category Data
 */
export interface FrontEndOptions {
  /** Channels of the mel filter bank; 40 when absent. */
  readonly channels?: number;
  /** Frames that are stacked to an image, the newest last; 49, a second, when absent. */
  readonly frames?: number;
}

/** Collects tensors and operators; gives what a step writes. */
class Graph {
  readonly tensors: Tensor[] = [];
  readonly operators: Operator[] = [];

  add(tensor: Partial<Tensor> & Pick<Tensor, "name" | "dtype" | "shape">): number {
    return this.tensors.push({ data: null, quantization: null, isVariable: false, ...tensor }) - 1;
  }

  constant(name: string, values: Int16Array | Int32Array, shape = [values.length]): number {
    const dtype = values instanceof Int16Array ? "int16" : "int32";
    return this.add({ name, dtype, shape, data: new Uint8Array(values.slice().buffer) });
  }

  run<Name extends OperatorName>(
    op: Name,
    { inputs, outputs, attributes }: {
      readonly inputs: readonly number[];
      readonly outputs: readonly number[];
      readonly attributes: OperatorAttributes[Name];
    },
  ): number {
    this.operators.push(
      { op, inputs, outputs, attributes, version: 1 } as Operator,
    );
    return outputs[0];
  }
}

/**
 * The model from 320 new samples of 16 kHz to an image of mel features, in the operators of tflite-micro's
 * `examples/micro_speech/audio_preprocessor.py`, with a framer before and a stacker behind them: the
 * samples that frames share, the noise estimate and the image are state that stays in the model. int8
 * features from 0 to 127, `[1, frames, channels, 1]`; what `readData` makes of sound, and a chip
 * computes the same.
 *
 * @throws {RangeError} for numbers that are no positive integers, or more channels than the spectrum has.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { audioFrontEnd, createEngine, run } from "tinyloom";
 *
 * using engine = createEngine(audioFrontEnd({ channels: 40, frames: 2 }));
 * const [features] = run(engine, [new Int16Array(320)]);
 * assert.equal(features.length, 2 * 40);
 * ```
 *
 * @category Data
 */
export function audioFrontEnd(options: FrontEndOptions = {}): Model {
  checkOptions("audioFrontEnd", options, "channels frames");
  const { channels = 40, frames = 49 } = options;
  checkWhole({ channels, frames });
  if (channels > MOST_CHANNELS) {
    throw new RangeError(`${channels} channels, needed at most ${MOST_CHANNELS}`);
  }
  const graph = new Graph();
  const samples = graph.add({ name: "samples", dtype: "int16", shape: [1, STEP] });
  const scalar = { shape: [] as number[] };
  const framed = graph.run("SignalFramer", {
    inputs: [samples],
    outputs: [
      graph.add({ name: "frames", dtype: "int16", shape: [1, 1, FRAME] }),
      graph.add({ name: "frames/valid", dtype: "bool", ...scalar }),
    ],
    attributes: { frameSize: FRAME, frameStep: STEP, prefill: true },
  });
  const frame = graph.run("RESHAPE", {
    inputs: [framed, graph.constant("frame/shape", Int32Array.of(FRAME))],
    outputs: [graph.add({ name: "frame", dtype: "int16", shape: [FRAME] })],
    attributes: { newShape: [FRAME] },
  });
  const features = logMelFeatures(graph, { frame, bank: melBank(channels) });
  const size = channels * frames;
  const stacked = graph.run("SignalStacker", {
    inputs: [features],
    outputs: [
      graph.add({
        name: "stack",
        dtype: "int16",
        shape: [size],
        // ln(2^16) * 64 is 710: below 1 as a real number.
        quantization: { scales: [1 / 1024], zeroPoints: [0], axis: 0 },
      }),
      graph.add({ name: "stack/valid", dtype: "bool", ...scalar }),
    ],
    attributes: { numChannels: channels, leftContext: frames - 1, rightContext: 0, step: 1 },
  });
  const quantization = { scales: [1 / 128], zeroPoints: [0], axis: 0 };
  const narrow = graph.run("QUANTIZE", {
    inputs: [stacked],
    outputs: [graph.add({ name: "features/flat", dtype: "int8", shape: [size], quantization })],
    attributes: {},
  });
  const shape = [1, frames, channels, 1];
  const image = graph.run("RESHAPE", {
    inputs: [narrow, graph.constant("features/shape", Int32Array.from(shape))],
    outputs: [graph.add({ name: "features", dtype: "int8", shape, quantization })],
    attributes: { newShape: shape },
  });
  return modelOf(graph, { name: "front end", inputs: [samples], outputs: [image] });
}

/** One frame to the logarithms of its channels: window, spectrum, energies, channels, noise, gain. */
function logMelFeatures(
  graph: Graph,
  { frame, bank }: { readonly frame: number; readonly bank: MelBank },
): number {
  const { channels } = bank;
  const make = (name: string, dtype: Tensor["dtype"], shape: readonly number[]) =>
    graph.add({ name, dtype, shape });
  const windowed = graph.run("SignalWindow", {
    inputs: [frame, graph.constant("window", hannWindow())],
    outputs: [make("windowed", "int16", [FRAME])],
    attributes: { shift: WINDOW_BITS },
  });
  const shift = make("shift", "int32", []);
  const scaled = graph.run("SignalFftAutoScale", {
    inputs: [windowed],
    outputs: [make("scaled", "int16", [FRAME]), shift],
    attributes: {},
  });
  const spectrum = graph.run("SignalRfft", {
    inputs: [scaled],
    outputs: [make("spectrum", "int16", [2 * BINS])],
    attributes: { type: "int16", fftLength: FFT },
  });
  const energy = graph.run("SignalEnergy", {
    inputs: [spectrum],
    outputs: [make("energy", "uint32", [BINS])],
    attributes: { startIndex: bank.firstBin, endIndex: bank.lastBin },
  });
  const channelSums = graph.run("SignalFilterBank", {
    inputs: [
      energy,
      ...(["weights", "unweights", "binStarts", "weightStarts", "widths"] as const).map((name) =>
        graph.constant(name, bank[name])
      ),
    ],
    outputs: [make("mel", "uint64", [channels])],
    attributes: { numChannels: channels },
  });
  const roots = graph.run("SignalFilterBankSquareRoot", {
    inputs: [channelSums, shift],
    outputs: [make("mel/root", "uint32", [channels])],
    attributes: {},
  });
  const noise = make("noise", "uint32", [channels]);
  const fixed = (share: number) => Math.floor(share * 2 ** SUBTRACTION_BITS);
  const clean = graph.run("SignalFilterBankSpectralSubtraction", {
    inputs: [roots],
    outputs: [make("clean", "uint32", [channels]), noise],
    attributes: {
      numChannels: channels,
      smoothing: fixed(0.025),
      oneMinusSmoothing: fixed(1) - fixed(0.025),
      alternateSmoothing: fixed(0.06),
      alternateOneMinusSmoothing: fixed(1) - fixed(0.06),
      smoothingBits: 10,
      minSignalRemaining: fixed(0.05),
      clamping: false,
      spectralSubtractionBits: SUBTRACTION_BITS,
    },
  });
  const gained = graph.run("SignalPCAN", {
    inputs: [clean, noise, graph.constant("gains", pcanGains())],
    outputs: [make("gained", "uint32", [channels])],
    attributes: { snrShift: 6 },
  });
  return graph.run("SignalFilterBankLog", {
    inputs: [gained],
    outputs: [make("log", "int16", [channels])],
    attributes: { inputCorrectionBits: 3, outputScale: 64 },
  });
}

/** `0.5 - 0.5 cos(2 pi (i + 0.5) / n)` in fixed point. */
function hannWindow(): Int16Array {
  return Int16Array.from({ length: FRAME }, (_, i) => {
    const weight = 0.5 - 0.5 * Math.cos(2 * Math.PI * (i + 0.5) / FRAME);
    return Math.floor(weight * 2 ** WINDOW_BITS + 0.5);
  });
}

function modelOf(
  { tensors, operators }: Graph,
  rest: Pick<Model, "name" | "inputs" | "outputs">,
): Model {
  const none = { metadata: [], signatures: [], otherSubgraphs: [], lost: [] };
  return { description: "", tensors, operators, ...rest, ...none };
}
