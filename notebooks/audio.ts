// What lesson 18 needs beside the library: a model behind another, and sounds as files.
import type { Model } from "../lib/model/mod.ts";
import type { RandomStream } from "../lib/measure/mod.ts";
import { SAMPLE_RATE } from "../lib/tinynas/data/audio_front_end.ts";

export { FRAME, SAMPLE_RATE, STEP } from "../lib/tinynas/data/audio_front_end.ts";
export { melBank } from "../lib/tinynas/data/audio_tables.ts";

/** A front end with a network that reads its features: one model from samples to logits. */
export function listener(frontEnd: Model, network: Model): Model {
  const first = frontEnd.tensors.length;
  const image = frontEnd.outputs[0];
  const placed = (index: number) =>
    index === -1 ? -1 : index === network.inputs[0] ? image : first + index;
  return {
    ...frontEnd,
    name: "listener",
    tensors: [...frontEnd.tensors, ...network.tensors],
    operators: [
      ...frontEnd.operators,
      ...network.operators.map((operator) => ({
        ...operator,
        inputs: operator.inputs.map(placed),
        outputs: operator.outputs.map(placed),
      })),
    ],
    outputs: network.outputs.map(placed),
  };
}

/** Sound as the bytes of a WAV file: PCM of 16 bits, one channel. */
export function wavOf(samples: Int16Array): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(44 + 2 * samples.length);
  const view = new DataView(bytes.buffer);
  const text = (at: number, word: string) => bytes.set(new TextEncoder().encode(word), at);
  text(0, "RIFF");
  view.setUint32(4, 36 + 2 * samples.length, true);
  text(8, "WAVEfmt ");
  view.setUint32(16, 16, true);
  view.setUint16(20, 1, true);
  view.setUint16(22, 1, true);
  view.setUint32(24, SAMPLE_RATE, true);
  view.setUint32(28, 2 * SAMPLE_RATE, true);
  view.setUint16(32, 2, true);
  view.setUint16(34, 16, true);
  text(36, "data");
  view.setUint32(40, 2 * samples.length, true);
  samples.forEach((sample, i) => view.setInt16(44 + 2 * i, sample, true));
  return bytes;
}

/** Numbers drawn evenly between two. */
export function evenly(random: RandomStream): (from: number, until: number) => number {
  return (from, until) => from + (until - from) * random(2 ** 24) / 2 ** 24;
}
