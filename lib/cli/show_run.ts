import { outputBytes } from "../engine/io/output_bytes.ts";
import type { ReadImage, ReadSound } from "../engine/io/input_reports.ts";
import { topValues } from "../engine/io/top_values.ts";
import { threeDigits } from "../measure/format.ts";
import type { Row } from "../measure/table_rows.ts";
import type { ConstantArray } from "../model/constant.ts";
import type { Model } from "../model/model.ts";
import type { CommandContext } from "./command.ts";
import type { Confusion } from "./confusion.ts";
import type { Runner } from "./model_runner.ts";
import { hasRandomWeights, oddities } from "./oddities.ts";
import type { RunInputs } from "./run_inputs.ts";

/** What one frame gave. */
export interface FrameResult {
  readonly frame: number;
  readonly input: string;
  readonly truth?: string;
  readonly outputs: readonly ConstantArray[];
  readonly timeNs: number;
}

/** How results are shown. */
export interface Shown {
  readonly model: Model;
  readonly labels: readonly (readonly string[] | null)[];
  readonly top: number | undefined;
}

/** The object that `--json` prints. */
export async function runJson(
  { results, runner, given, confusion, shown: { model, labels, top = 5 } }: {
    readonly results: readonly FrameResult[];
    readonly runner: Runner;
    readonly given: RunInputs;
    readonly confusion: Confusion | null;
    readonly shown: Shown;
  },
  { flags, operands }: CommandContext,
): Promise<unknown> {
  const { threads, checked, seed, random } = flags;
  const { images, sounds } = given;
  const resultJson = async ({ outputs, ...result }: FrameResult) => ({
    ...result,
    outputs: await Promise.all(outputs.map(async (values, i) => {
      const tensor = model.tensors[model.outputs[i]];
      const { name, dtype, shape } = tensor;
      const best = topValues(values, tensor, { count: top, labels: labels[i] ?? undefined });
      return { name, dtype, shape, top: best, sha256: await sha256(outputBytes([[values]])) };
    })),
  });
  return {
    schemaVersion: 1,
    model: operands[0],
    inputs: flags.input,
    ...(random !== undefined && { random, seed }),
    output: flags.output ?? null,
    engine: runner.engine,
    threads,
    checked,
    images,
    ...(sounds.length > 0 && { sounds }),
    ...oddities(model),
    ...(hasRandomWeights(model) && { randomWeights: true }),
    ...(confusion !== null && { confusion }),
    frames: results.length,
    peakBytes: runner.peakBytes,
    sha256: await sha256(outputBytes(results.map(({ outputs }) => outputs))),
    results: await Promise.all(results.map(resultJson)),
  };
}

/** Lines of the printed table: one for each output of each frame, or for each of its top values. */
export function tableRows(results: readonly FrameResult[], given: RunInputs, shown: Shown): Row[] {
  const isMany = given.inputs.length > 1;
  return results.flatMap((result) => {
    const { frame, input, truth } = result;
    const from = {
      frame,
      ...(isMany && { input }),
      ...(given.classes.length > 0 && { truth }),
    };
    return outputRows(result, shown).map((row) => ({ ...from, ...row }));
  });
}

function outputRows({ outputs, timeNs }: FrameResult, { model, labels, top }: Shown): Row[] {
  return outputs.flatMap((values, i): Row[] => {
    const tensor = model.tensors[model.outputs[i]];
    const { name, dtype, shape } = tensor;
    const output = name || `output ${i}`;
    const known = labels[i] ?? undefined;
    if (top !== undefined) {
      const best = topValues(values, tensor, { count: top, labels: known });
      return best.map((each, rank) => ({ output, rank: rank + 1, ...each }));
    }
    const isVector = shape.filter((extent) => extent > 1).length === 1;
    const [best] = isVector ? topValues(values, tensor, { count: 1, labels: known }) : [];
    const first = Array.from(values.subarray(0, 4) as ArrayLike<number | bigint>, Number);
    return [{
      output,
      dtype,
      shape: `[${shape}]`,
      elements: first.map((each) => Number.isInteger(each) ? each : threeDigits(each)).join(" ") +
        (values.length > first.length ? " ..." : ""),
      argmax: best?.index,
      ...(known && { label: best?.label }),
      value: best?.value,
      timeNs,
    }];
  });
}

/** A digest as hexadecimal digits. */
export async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
}

/** How images and sounds were read, a line each; of many images, one for all that are alike. */
export function readingInWords(
  images: readonly ReadImage[],
  sounds: readonly ReadSound[],
): string[] {
  const few = images.length <= 8;
  const lines = images.map((image) =>
    few ? `${image.name}: ${pixels(image)}${became(image)}` : became(image)
  );
  const told = few
    ? lines
    : [...Map.groupBy(lines, (line) => line)].map(([line, all]) => `${all.length} images${line}`);
  return [...told, ...sounds.map(soundText)];
}

function pixels({ width, height, orientation }: ReadImage): string {
  const turned = orientation === undefined ? "" : ` (turned by Exif orientation ${orientation})`;
  return `${width} x ${height} pixels${turned}`;
}

const FITTED = {
  stretch: "stretched to",
  crop: "cropped to",
  letterbox: "letterboxed in",
} as const;

function became({ width, height, inputWidth, inputHeight, fit, range }: ReadImage): string {
  const size = `${inputWidth} x ${inputHeight}`;
  const same = width === inputWidth && height === inputHeight;
  const alike = Math.abs(inputWidth * height / (width * inputHeight) - 1) < 0.01;
  const fitted = same ? "" : alike ? `, resized to ${size}` : `, ${FITTED[fit]} ${size}`;
  return `${fitted}, black is ${threeDigits(range[0])}, white ${threeDigits(range[1])}`;
}

function soundText(sound: ReadSound): string {
  const { name, sampleRate, channels, samples, frames, paddedSamples, windows } = sound;
  const mean = channels === 1 ? "" : `, the mean of ${channels} channels`;
  const silence = paddedSamples === 0 ? "" : `, the last with ${paddedSamples} samples of silence`;
  const features = windows === undefined ? "" : ` of ${windows} windows`;
  return `${name}: ${samples} samples at ${sampleRate} Hz${mean}; ${frames} frames${features}${silence}`;
}
