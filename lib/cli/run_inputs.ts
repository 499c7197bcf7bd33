import type { ReadImage, ReadSound } from "../engine/io/input_reports.ts";
import { type ImageFit, imageFits } from "../engine/io/image_values.ts";
import { labelsOf, readLabels } from "../engine/io/top_values.ts";
import type { PixelRange } from "../engine/io/pixel_range.ts";
import { type Frame, readFrames, type ReadFramesOptions } from "../engine/io/read_frames.ts";
import { randomFrame } from "../engine/profile/random_frame.ts";
import type { Model } from "../model/model.ts";
import { elements } from "../model/shape.ts";
import { type CommandContext, type Flag, type FlagValues, UsageError } from "./command.ts";
import { readInput } from "./input_file.ts";
import { loadModel } from "./load_model.ts";
import { IMAGE } from "./outputs.ts";

/** Flags on what a model runs on, and what its outputs are called. */
export const inputFlags = {
  input: {
    kind: "texts",
    value: "FILE|FOLDER",
    about: "frames to run, or a folder of images, by classes in folders; may be repeated",
  },
  random: { kind: "integer", value: "N", about: "N frames of seeded random numbers", least: 1 },
  seed: { kind: "integer", value: "N", about: "fixes these numbers", default: 1 },
  range: {
    kind: "text",
    value: "LO,HI",
    about: "numbers of an image's black and white (default: 0,1 or -1,1 or 0,255 if the input's " +
      "integers span about that, else all they span; -1,1 for float32)",
  },
  fit: {
    kind: "text",
    value: imageFits.join("|"),
    about: "how images of other proportions get the input's: pulled, cut off, or on black",
    default: "stretch",
  },
  features: {
    kind: "text",
    value: "FILE.tflite",
    about: "the model that turns windows of WAV samples into what this one takes",
  },
  stride: {
    kind: "integer",
    value: "SAMPLES",
    about: "samples from window to window (default: two thirds of one)",
    least: 1,
  },
  labels: {
    kind: "text",
    value: "FILE",
    about: "what the outputs are called, one a line (default: the labels in the model's file)",
  },
} as const satisfies Readonly<Record<string, Flag>>;

/** What is run one after the other, and what it is known to be. */
export interface RunInput {
  /** The file that it is from; "" if there is none, or several. */
  readonly name: string;
  /** The class that its folder says. */
  readonly truth?: string;
  readonly frames: () => Promise<readonly Frame[]>;
}

/** All inputs of a run, and how they are read. */
export interface RunInputs {
  readonly inputs: readonly RunInput[];
  /** Frames in all. */
  readonly count: number;
  /** Classes in the order of folders; empty if there are none. */
  readonly classes: readonly string[];
  /** Filled as they are read. */
  readonly images: readonly ReadImage[];
  readonly sounds: readonly ReadSound[];
}

/**
 * What `--input` and `--random` ask for. Files are read now, images of folders when they run.
 *
 * @throws {UsageError} neither is given, or both, or a folder has no images.
 */
export async function inputsOf(model: Model, context: CommandContext): Promise<RunInputs> {
  const { flags, resolve } = context;
  const names = flags.input as readonly string[];
  const images: ReadImage[] = [];
  const sounds: ReadSound[] = [];
  if (flags.random !== undefined) {
    if (names.length > 0) throw new UsageError("--random takes the place of --input");
    const seed = flags.seed as number;
    const inputs = Array.from({ length: flags.random as number }, (_, at): RunInput => ({
      name: `random, seed ${seed + at}`,
      frames: () => Promise.resolve([randomFrame(model, { seed: seed + at })]),
    }));
    return { inputs, count: inputs.length, classes: [], images, sounds };
  }
  if (names.length === 0) {
    throw new UsageError("run needs at least one --input FILE, or --random N");
  }
  const options: ReadFramesOptions = {
    ...await readingOptions(context),
    signal: context.signal,
    onImage: (image) => void images.push(image),
    onSound: (sound) => void sounds.push(sound),
  };
  const inputs: RunInput[] = [];
  const folders = new Set<string>();
  const files: string[] = [];
  for (const name of names) {
    if (!(await Deno.stat(resolve(name))).isDirectory) {
      files.push(name);
      continue;
    }
    for (const { path, label } of await imagesIn(name, resolve)) {
      if (label !== undefined) folders.add(label);
      const truth = label === undefined ? {} : { truth: label };
      const frames = async () =>
        await readFrames(
          [{ name: path, bytes: await Deno.readFile(resolve(path)) }],
          model,
          options,
        );
      inputs.push({ name: path, ...truth, frames });
    }
  }
  const read = await readFiles(files, model, { options, resolve });
  return {
    inputs: [...read.inputs, ...inputs],
    count: read.count + inputs.length,
    classes: [...folders].sort(),
    images,
    sounds,
  };
}

async function readFiles(
  names: readonly string[],
  model: Model,
  { options, resolve }: {
    readonly options: ReadFramesOptions;
    readonly resolve: (path: string) => string;
  },
): Promise<Pick<RunInputs, "inputs" | "count">> {
  const files = await Promise.all(
    names.map(async (name) => ({ name, bytes: await Deno.readFile(resolve(name)) })),
  );
  // Files of one input each tell which frames are theirs.
  const groups = model.inputs.length === 1 ? files.map((file) => [file]) : [files];
  const inputs: RunInput[] = [];
  let count = 0;
  for (const group of files.length === 0 ? [] : groups) {
    const frames = await readFrames(group, model, options);
    count += frames.length;
    const name = group.length === 1 ? group[0].name : "";
    inputs.push({ name, frames: () => Promise.resolve(frames) });
  }
  return { inputs, count };
}

/** Images of a folder, and of the folders in it, whose names are their classes; in order. */
async function imagesIn(
  folder: string,
  resolve: (path: string) => string,
): Promise<readonly { readonly path: string; readonly label?: string }[]> {
  const entries = async (path: string) =>
    (await Array.fromAsync(Deno.readDir(resolve(path)))).filter(({ name }) => !name.startsWith("."))
      .sort((a, b) => a.name < b.name ? -1 : 1);
  const found: { path: string; label?: string }[] = [];
  for (const { name, isDirectory } of await entries(folder)) {
    const path = `${folder.replace(/\/$/, "")}/${name}`;
    if (!isDirectory && IMAGE.test(name)) found.push({ path });
    if (!isDirectory) continue;
    for (const inner of await entries(path)) {
      if (IMAGE.test(inner.name)) found.push({ path: `${path}/${inner.name}`, label: name });
    }
  }
  if (found.length > 0) return found;
  throw new UsageError(`${folder} holds no PNG, JPEG, BMP or GIF images, nor folders of them`);
}

async function readingOptions(context: CommandContext): Promise<ReadFramesOptions> {
  const { flags } = context;
  const range = rangeOf(flags.range as string | undefined);
  const fit = flags.fit as ImageFit;
  if (!imageFits.includes(fit)) {
    throw new UsageError(`--fit must be ${imageFits.join(", ")}, found "${fit}"`);
  }
  const features = flags.features as string | undefined;
  if (features === undefined && flags.stride !== undefined) {
    throw new UsageError("--stride is about the windows of --features");
  }
  return {
    fit,
    ...(range && { range }),
    ...(features !== undefined && {
      features: {
        model: await loadModel(features, { ...context, flags: {} }),
        strideSamples: flags.stride as number | undefined,
      },
    }),
  };
}

function rangeOf(text: string | undefined): PixelRange | undefined {
  if (text === undefined) return undefined;
  const numbers = text.split(",").map((each) => each.trim() === "" ? NaN : Number(each));
  const [black, white] = numbers;
  if (numbers.length === 2 && numbers.every(Number.isFinite) && black !== white) {
    return [black, white];
  }
  throw new UsageError(`--range must be two different numbers LO,HI, found "${text}"`);
}

/**
 * The labels of each output: those of `--labels` for outputs with as many elements, else those of
 * the model's file; null where there are none.
 *
 * @throws {UsageError} no output has as many elements as there are labels.
 */
export async function outputLabels(
  model: Model,
  { flags, resolve }: { readonly flags: FlagValues; readonly resolve: (path: string) => string },
): Promise<readonly (readonly string[] | null)[]> {
  const file = flags.labels as string | undefined;
  if (file === undefined) return model.outputs.map((_, output) => labelsOf(model, output));
  const labels = await readInput(file, { resolve }, readLabels);
  const sizes = model.outputs.map((output) => elements(model.tensors[output].shape));
  if (!sizes.includes(labels.length)) {
    throw new UsageError(
      `--labels ${file}: ${labels.length} labels, while outputs have ${sizes.join(", ")} elements`,
    );
  }
  return sizes.map((size) => size === labels.length ? labels : null);
}
