import { outputBytes, outputNpy, realValues } from "../../engine/io/output_bytes.ts";
import type { Frame } from "../../engine/io/read_frames.ts";
import { topValues } from "../../engine/io/top_values.ts";
import { formatCount } from "../../measure/format.ts";
import { writeWhole } from "../../measure/table_file.ts";
import { tableFromRows } from "../../measure/table_from_rows.ts";
import type { Model } from "../../model/model.ts";
import { elements } from "../../model/shape.ts";
import { type Command, type CommandContext, UsageError } from "../command.ts";
import { type Confusion, confusionOf, confusionText, positionsOf } from "../confusion.ts";
import { loadModel, modelOperand, oneModel } from "../load_model.ts";
import { type Runner, runnerOf } from "../model_runner.ts";
import { hasRandomWeights, tellOddities } from "../oddities.ts";
import { inputFlags, inputsOf, outputLabels, type RunInputs } from "../run_inputs.ts";
import {
  type FrameResult,
  readingInWords,
  runJson,
  sha256,
  type Shown,
  tableRows,
} from "../show_run.ts";
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
    "                   resized to the input's height and width (--fit), quantized (--range)\n" +
    "  WAV              sound for one input: a row of samples, cut into frames, or with --features\n" +
    "                   what another model makes of windows of samples\n" +
    "  .csv             numbers as text for one input, frame after frame, quantized\n" +
    "  a folder         of images; where they lie in folders of their classes, a table tells what\n" +
    "                   the first output takes them for\n" +
    "  any other        whole frames: the inputs in the model's order, little-endian\n" +
    "A model with several inputs takes arrays and images in groups, one file for each input.",
  operands: modelOperand,
  flags: {
    ...signatureFlag,
    ...inputFlags,
    top: { kind: "integer", value: "N", about: "the N largest values of each output", least: 1 },
    output: {
      kind: "text",
      writes: true,
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
    ...tableFlags,
    json: { kind: "boolean", about: "one JSON object on standard output" },
  },
  examples: [
    "run person_detect.tflite --input photo.jpg --fit crop --top 2 --labels labels.txt",
    "run micro_speech.tflite --input yes.wav --features audio_preprocessor_int8.tflite",
    "run flowers.tflite --input validation/",
    "run keyword.tflite --input frames.bin --output scores.npy --json",
    "run two_inputs.tflite --input left.npy --input right.npy",
    "run zoo:mobilenet_v2 --random 1 --fusion rolling --checked",
  ],
  permissions: { write: "--output" },
  run: async (context) => {
    const { flags, operands, print, note, resolve } = context;
    const output = flags.output as string | undefined;
    const operand = oneModel(operands, "run");
    const model = await loadModel(operand, context);
    tellOddities(model, note);
    const isNpy = output?.toLowerCase().endsWith(".npy");
    if (isNpy && model.outputs.length !== 1) {
      throw new UsageError(
        `--output ${output}: .npy takes one output, found ${model.outputs.length}`,
      );
    }
    const labels = await outputLabels(model, context);
    const given = await inputsOf(model, context);
    const classify = classesOf(model, given, labels[0]);
    for (const line of readingInWords(given.images, given.sounds)) note(line);
    const known = given.images.length;
    using runner = await runnerOf(model, context);
    const results = await runAll(runner, given, context);
    for (const line of readingInWords(given.images.slice(known), [])) note(line);
    const outputs = results.map((result) => result.outputs);
    if (output !== undefined) {
      await writeWhole(resolve(output), isNpy ? outputNpy(outputs, model) : outputBytes(outputs));
      note(`wrote ${output}`);
    }
    const confusion = classify?.(results) ?? null;
    const shown: Shown = { model, labels, top: flags.top as number | undefined };
    if (flags.json) {
      print(JSON.stringify(await runJson({ results, runner, given, confusion, shown }, context)));
    } else {
      const isShort = results.length <= mostRows || shown.top !== undefined || confusion === null;
      if (isShort) {
        printTable(context, tableFromRows(tableRows(results, given, shown)), { importance });
      }
      if (confusion !== null) print(confusionText(confusion));
      if (hasRandomWeights(model)) say(context, randomWords(operand));
      say(
        context,
        `${formatCount(results.length)} of ${formatCount(given.count)} frames; arena ${
          formatCount(runner.peakBytes)
        } B; sha256 of the outputs ${await sha256(outputBytes(outputs))}`,
      );
    }
    return 0;
  },
};

/** Columns, the most important first. */
const importance: readonly string[] = [
  ...["frame", "input", "truth", "output", "rank", "argmax", "index", "label", "value", "timeNs"],
  ...["elements", "shape", "dtype"],
];

// Of a folder with more images only the table of classes is shown.
const mostRows = 20;

function randomWords(operand: string): string {
  return `The weights of ${operand} are random: its outputs mean nothing; its times, bytes and MACs ` +
    "are those of the network.";
}

/** Runs the frames in order until all are done or the user interrupts. */
async function runAll(
  runner: Runner,
  { inputs, count }: RunInputs,
  { signal, progress }: CommandContext,
): Promise<FrameResult[]> {
  const results: FrameResult[] = [];
  const next = (frame: Frame) => {
    try {
      return timedRun(runner, frame);
    } catch (error) {
      if (signal.aborted) return null;
      throw error;
    }
  };
  for (const { name: input, truth, frames } of inputs) {
    for (const frame of await frames()) {
      progress(`frame ${results.length + 1} of ${count}`);
      const ran = next(frame);
      if (ran === null) return results;
      results.push({
        frame: results.length,
        input,
        ...(truth !== undefined && { truth }),
        ...ran,
      });
      // Lets an interrupt in.
      await new Promise((resolve) => setTimeout(resolve, 0));
      if (signal.aborted) return results;
    }
  }
  return results;
}

function timedRun(runner: Runner, frame: Frame): Pick<FrameResult, "outputs" | "timeNs"> {
  const start = performance.now();
  const outputs = runner.run(frame);
  return { outputs, timeNs: 1e6 * (performance.now() - start) };
}

/**
 * How results become a table of classes; null where no folders tell them.
 *
 * @throws {UsageError} the folders are not the classes of the first output.
 */
function classesOf(
  model: Model,
  { classes }: RunInputs,
  labels: readonly string[] | null,
): ((results: readonly FrameResult[]) => Confusion | null) | null {
  if (classes.length === 0) return null;
  const tensor = model.tensors[model.outputs[0]];
  const size = elements(tensor.shape);
  // One number is how sure a network is of the second of two classes.
  const isSingle = size === 1;
  const outputs = isSingle ? 2 : size;
  const { names, position } = positionsOf(classes, { labels: isSingle ? null : labels, outputs });
  return (results) => {
    const pairs = results.flatMap(({ truth, outputs: [values] }) => {
      if (truth === undefined) return [];
      const [best] = topValues(values, tensor, { count: 1 });
      const found = isSingle ? Number(realValues(values, tensor)[0] > 0.5) : best.index;
      return [{ truth: position(truth), found }];
    });
    return pairs.length === 0 ? null : confusionOf(pairs, names);
  };
}
