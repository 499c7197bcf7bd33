import { createEngine } from "../../engine/create_engine.ts";
import { decodeImage } from "../../engine/io/decode_image.ts";
import { type Image, toChannels } from "../../engine/io/image.ts";
import { type ImageFit, resampled, resizeImage } from "../../engine/io/image_values.ts";
import { named } from "../../engine/io/read_frames.ts";
import { readWav, type Sound } from "../../engine/io/sound.ts";
import { resetState, run } from "../../engine/run.ts";
import { audioFrontEnd, FRAME, SAMPLE_RATE, STEP } from "./audio_front_end.ts";
import { exampleBytes, type ExampleShape, type LabelledData } from "./labelled_data.ts";

/** A file of one example. */
export interface ClassFile {
  /** Said where something is wrong with it. */
  readonly path: string;
  /** Place of its class. */
  readonly label: number;
  /** Place of its group, if there are groups. */
  readonly group: number | null;
  readonly read: () => Uint8Array | Promise<Uint8Array>;
}

/** What all files of a set become. */
export interface ClassFilesOptions {
  readonly classes: readonly string[];
  /** Called after each file. */
  readonly onFile?: (path: string) => void;
  /** Bytes of all examples at most. */
  readonly mostBytes: number;
}

/** Images, each decoded and resized; grey if all of them are, unless channels are given. */
export async function imageData(
  files: readonly ClassFile[],
  options: ClassFilesOptions & {
    readonly height: number;
    readonly width: number;
    readonly channels: 1 | 3 | null;
    readonly fit: ImageFit;
  },
): Promise<LabelledData> {
  const { height, width, fit } = options;
  const shape = { height, width, channels: options.channels ?? 3 };
  const data = await examplesOf(files, {
    ...options,
    shape,
    example: async (bytes) => {
      const image = toChannels(await decodeImage(bytes), shape.channels as 1 | 3);
      return imageBytes(resizeImage(image, { height, width, fit }));
    },
  });
  return options.channels === null && isGrey(data.pixels) ? greyOf(data) : data;
}

function imageBytes({ values }: Image): Uint8Array {
  return Uint8Array.from(values, (value) => Math.min(255, Math.round(255 * value)));
}

/** Whether red, green and blue are the same everywhere. */
function isGrey(pixels: Uint8Array): boolean {
  for (let i = 0; i < pixels.length; i += 3) {
    if (pixels[i] !== pixels[i + 1] || pixels[i] !== pixels[i + 2]) return false;
  }
  return true;
}

function greyOf(data: LabelledData): LabelledData {
  const pixels = new Uint8Array(data.pixels.length / 3);
  for (let i = 0; i < pixels.length; i++) pixels[i] = data.pixels[3 * i];
  return { ...data, pixels, channels: 1 };
}

/**
 * WAV files as mel features of `audioFrontEnd`, a row for each 20 ms: sound is brought to 16 kHz and cut off or
 * filled with silence after the seconds given.
 */
export async function soundData(
  files: readonly ClassFile[],
  options: ClassFilesOptions & { readonly seconds: number; readonly channels: number },
): Promise<LabelledData> {
  const { seconds, channels } = options;
  const samples = Math.round(seconds * SAMPLE_RATE);
  const rows = Math.floor((samples - FRAME) / STEP) + 1;
  if (rows < 1) throw new RangeError(`${seconds} seconds of sound, needed at least 0.03`);
  using ears = createEngine(audioFrontEnd({ channels, frames: 1 }));
  const data = await examplesOf(files, {
    ...options,
    shape: { height: rows, width: channels, channels: 1 },
    example: (bytes) => {
      const clip = new Int16Array((rows + 1) * STEP);
      clip.set(atFrontEndsRate(readWav(bytes)).subarray(0, clip.length));
      resetState(ears);
      const features = new Uint8Array(rows * channels);
      // The first frame begins in the silence before the clip: it is left out.
      for (let row = -1; row < rows; row++) {
        const [found] = run(ears, [clip.slice((row + 1) * STEP, (row + 2) * STEP)]);
        if (row < 0) continue;
        for (let c = 0; c < channels; c++) {
          features[row * channels + c] = (found as Int8Array)[c] + 128;
        }
      }
      return features;
    },
  });
  return { ...data, range: [-1, 127 / 128] };
}

/** Samples of int16 at 16 kHz: a weighted mean of those near each, as images are resized. */
function atFrontEndsRate(
  { samples, sampleRate }: Pick<Sound, "samples" | "sampleRate">,
): Int16Array {
  if (sampleRate < 1000 || sampleRate > 1e6) {
    throw new RangeError(`sound of ${sampleRate} samples a second, needed 1,000 to 1,000,000`);
  }
  const to = Math.round(samples.length * SAMPLE_RATE / sampleRate);
  const resized = sampleRate === SAMPLE_RATE || to === 0
    ? samples
    : resampled(samples, { outer: 1, from: samples.length, to, inner: 1 });
  return Int16Array.from(
    resized,
    (sample) => Math.max(-(2 ** 15), Math.min(2 ** 15 - 1, Math.round(sample * 2 ** 15))),
  );
}

async function examplesOf(
  files: readonly ClassFile[],
  { classes, shape, example, onFile, mostBytes }: ClassFilesOptions & {
    readonly shape: ExampleShape;
    readonly example: (bytes: Uint8Array) => Uint8Array | Promise<Uint8Array>;
  },
): Promise<LabelledData> {
  const size = exampleBytes(shape);
  if (files.length * size > mostBytes) {
    throw new RangeError(
      `${files.length} examples of ${size} bytes, needed at most ${mostBytes} in all: smaller ones, or ` +
        "fewer, or a larger mostBytes",
    );
  }
  const pixels = new Uint8Array(files.length * size);
  for (const [i, { path, read }] of files.entries()) {
    pixels.set(await named(path, async () => await example(await read())), i * size);
    onFile?.(path);
  }
  const hasGroups = files.length > 0 && files.every(({ group }) => group !== null);
  const { height, width, channels } = shape;
  return {
    pixels,
    labels: Uint16Array.from(files, ({ label }) => label),
    height,
    width,
    channels,
    classes,
    ...(hasGroups && { groups: Uint32Array.from(files, ({ group }) => group!) }),
  };
}
