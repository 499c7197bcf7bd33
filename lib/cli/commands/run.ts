import { outputBytes, outputNpy, realValues } from "../../engine/io/output_bytes.ts";
import type { PixelRange } from "../../engine/io/pixel_range.ts";
import type { ReadImage, ReadSound } from "../../engine/io/input_reports.ts";
import { type Frame, readFrames } from "../../engine/io/read_frames.ts";
import { formatCount, threeDigits } from "../../measure/format.ts";
import { writeWhole } from "../../measure/table_file.ts";
import type { Row } from "../../measure/table_rows.ts";
import { tableFromRows } from "../../measure/table_from_rows.ts";
import type { ConstantArray } from "../../model/constant.ts";
import type { Model } from "../../model/model.ts";
import { type Command, type CommandContext, UsageError } from "../command.ts";
import { loadModel, modelOperand, oneModel } from "../load_model.ts";
import { oddities, tellOddities } from "../oddities.ts";
import { type Runner, runnerOf } from "../model_runner.ts";
import { fusedRunFlags, signatureFlag, tableFlags } from "../shared_flags.ts";
import { printTable, say } from "../terminal.ts";

/** `tinyloom run FILE|zoo:NAME --input FILE`. */
export const command: Command = {
  name: "run",
  details: "Inputs, known by their first bytes:\n" +
    "  NumPy .npy       an array for one input, of its shape, or several with the frames in front;\n" +
    "                   of its type, or float32 or float64, which are quantized\n" +
    "  NumPy .npz       such an array for each input, by name or in order\n" +
    "  PNG JPEG BMP GIF an image for one input: turned upright, alpha on black, grey by luminance,\n" +
    "                   resized to the input's height and width, quantized (see --range)\n" +
    "  WAV              sound for one input that is a row of samples, cut into frames\n" +
    "  .csv             numbers as text for one input, frame after frame, quantized\n" +
    "  any other        whole frames: the inputs in the model's order, little-endian\n" +
    "A model with several inputs takes arrays and images in groups, one file for each input.",
  operands: modelOperand,
  flags: {
    ...signatureFlag,
    input: { kind: "texts", value: "FILE", about: "frames to run; may be repeated" },
    output: {
      kind: "text",
      value: "FILE",
      about: "write the outputs, frame after frame: .npy for one output, any other name raw",
    },
    plan: {
      kind: "text",
      value: "FILE.json",
      about: "run in this plan, as `tinyloom plan --out FILE.json` writes it",
    },
    ...fusedRunFlags,
    reference: { kind: "boolean", about: "run the reference interpreter: slow, obviously right" },
    threads: { kind: "integer", value: "N", about: "threads that compute", default: 1, least: 1 },
    checked: { kind: "boolean", about: "track who owns each byte of the arena" },
    range: {
      kind: "text",
      value: "LO,HI",
      about:
        "numbers of an image's black and white (default: 0,1 or -1,1 or 0,255 if the input's " +
        "integers span about that, else all they span; -1,1 for float32)",
    },
    ...tableFlags,
    json: { kind: "boolean", about: "one JSON object on standard output" },
  },
  examples: [
    "run person_detect.tflite --input photo.jpg",
    "run keyword.tflite --input frames.bin --output scores.npy --json",
    "run two_inputs.tflite --input left.npy --input right.npy",
    "run zoo:mobilenet_v2 --input photo.png --range 0,1",
    "run zoo:mcunet-vww1 --input photo.png --fusion rolling --checked",
  ],
  run: async (context) => {
    const { flags, operands, print, note, resolve } = context;
    const names = flags.input as readonly string[];
    if (names.length === 0) throw new UsageError("run needs at least one --input FILE");
    const range = rangeOf(flags.range as string | undefined);
    const output = flags.output as string | undefined;
    const model = await loadModel(oneModel(operands, "run"), { resolve, flags, note });
    tellOddities(model, note);
    const isNpy = output?.toLowerCase().endsWith(".npy");
    if (isNpy && model.outputs.length !== 1) {
      throw new UsageError(
        `--output ${output}: .npy takes one output, found ${model.outputs.length}`,
      );
    }
    const files = await Promise.all(
      names.map(async (name) => ({ name, bytes: await Deno.readFile(resolve(name)) })),
    );
    const images: ReadImage[] = [];
    const onImage = (image: ReadImage) => void images.push(image);
    const sounds: ReadSound[] = [];
    const onSound = (sound: ReadSound) => void sounds.push(sound);
    const frames = await readFrames(files, model, { onImage, onSound, ...(range && { range }) });
    for (const image of images) note(imageText(image));
    for (const sound of sounds) note(soundText(sound));
    using runner = await runnerOf(model, context);
    const results = await runAll(runner, frames, context);
    const outputs = results.map((result) => result.outputs);
    if (output !== undefined) {
      await writeWhole(resolve(output), isNpy ? outputNpy(outputs, model) : outputBytes(outputs));
      note(`wrote ${output}`);
    }
    const totals = {
      frames: results.length,
      peakBytes: runner.peakBytes,
      sha256: await sha256(outputBytes(outputs)),
    };
    if (flags.json) {
      const { threads, checked } = flags;
      const given = { model: operands[0], inputs: names, output: output ?? null };
      const how = {
        engine: runner.engine,
        threads,
        checked,
        images,
        ...(sounds.length > 0 && { sounds }),
      };
      print(JSON.stringify({
        schemaVersion: 1,
        ...given,
        ...how,
        ...oddities(model),
        ...totals,
        results: await Promise.all(results.map((result) => resultJson(result, model))),
      }));
    } else {
      const table = tableFromRows(results.flatMap((result) => resultRows(result, model)));
      printTable(context, table, { importance });
      say(
        context,
        `${formatCount(totals.frames)} of ${formatCount(frames.length)} frames; arena ${
          formatCount(totals.peakBytes)
        } B; ` +
          `sha256 of the outputs ${totals.sha256}`,
      );
    }
    return 0;
  },
};

/** Columns, the most important first. */
const importance: readonly string[] = [
  ...["frame", "output", "argmax", "value", "timeNs", "elements", "shape", "dtype"],
];

function imageText({ name, width, height, range: [black, white], orientation }: ReadImage): string {
  const turned = orientation === undefined ? "" : ` (turned by Exif orientation ${orientation})`;
  return `${name}: ${width} x ${height} pixels${turned}, black is ${threeDigits(black)}, white ` +
    threeDigits(white);
}

function soundText(sound: ReadSound): string {
  const { name, sampleRate, channels, samples, frames, paddedSamples } = sound;
  const mean = channels === 1 ? "" : `, the mean of ${channels} channels`;
  const silence = paddedSamples === 0 ? "" : `, the last with ${paddedSamples} samples of silence`;
  return `${name}: ${samples} samples at ${sampleRate} Hz${mean}; ${frames} frames${silence}`;
}

/** What one frame gave. */
interface FrameResult {
  readonly frame: number;
  readonly outputs: readonly ConstantArray[];
  readonly timeNs: number;
}

/** Runs the frames in order until all are done or the user interrupts. */
async function runAll(
  runner: Runner,
  frames: readonly Frame[],
  { signal, progress }: CommandContext,
): Promise<FrameResult[]> {
  const results: FrameResult[] = [];
  for (const [frame, inputs] of frames.entries()) {
    progress(`frame ${frame + 1} of ${frames.length}`);
    const start = performance.now();
    const outputs = runner.run(inputs);
    results.push({ frame, outputs, timeNs: 1e6 * (performance.now() - start) });
    // Lets an interrupt in.
    await new Promise((resolve) => setTimeout(resolve, 0));
    if (signal.aborted) break;
  }
  return results;
}

async function resultJson({ frame, outputs, timeNs }: FrameResult, model: Model): Promise<unknown> {
  return {
    frame,
    timeNs,
    outputs: await Promise.all(outputs.map(async (values, i) => {
      const tensor = model.tensors[model.outputs[i]];
      const { name, dtype, shape } = tensor;
      const top = topValues(realValues(values, tensor), 5);
      return { name, dtype, shape, top, sha256: await sha256(outputBytes([[values]])) };
    })),
  };
}

/** A line of the printed table for each output. */
function resultRows({ frame, outputs, timeNs }: FrameResult, model: Model): Row[] {
  return outputs.map((values, i) => {
    const tensor = model.tensors[model.outputs[i]];
    const { name, dtype, shape } = tensor;
    const isVector = shape.filter((extent) => extent > 1).length === 1;
    const [top] = isVector ? topValues(realValues(values, tensor), 1) : [];
    const first = Array.from(values.subarray(0, 4) as ArrayLike<number | bigint>, Number);
    return {
      frame,
      output: name || `output ${i}`,
      dtype,
      shape: `[${shape}]`,
      elements: first.map((each) => Number.isInteger(each) ? each : threeDigits(each)).join(" ") +
        (values.length > first.length ? " ..." : ""),
      argmax: top?.index,
      value: top?.value,
      timeNs,
    };
  });
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

async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
}

/** One of the largest values of an output. */
export interface TopValue {
  /** Position in the output. */
  readonly index: number;
  /** The real number; null for NaN, which JSON does not know. */
  readonly value: number | null;
}

/** The largest values, the largest first; of equal ones the first comes first, NaN comes last. */
function topValues(values: Float64Array, count: number): TopValue[] {
  const rank = (value: number) => Number.isNaN(value) ? -Infinity : value;
  const top: TopValue[] = [];
  // Kept in order as it grows: outputs may have many elements, `count` is small.
  values.forEach((value, index) => {
    if (top.length === count && rank(value) <= (top[count - 1].value ?? -Infinity)) return;
    const larger = top.findIndex((each) => (each.value ?? -Infinity) < rank(value));
    const at = larger < 0 ? top.length : larger;
    top.splice(at, 0, { index, value: Number.isNaN(value) ? null : value });
    top.length = Math.min(top.length, count);
  });
  return top;
}
