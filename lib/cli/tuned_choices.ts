import { checkChoices, type KernelChoices } from "../engine/select/kernel_choices.ts";
import { tuneKernels, type TuneKernelsOptions } from "../engine/select/tune_kernels.ts";
import { writeWhole } from "../measure/write_whole.ts";
import type { Model } from "../model/model.ts";
import type { CommandContext, Flag } from "./command.ts";
import { progressText } from "./progress_text.ts";
import { UsageError } from "./usage_error.ts";

/** Flag of the commands that can measure which kernels are the fastest. */
export const tuneFlag: Flag = {
  kind: "text",
  value: "FILE",
  about: "measure which schedule of each layer is the fastest, and remember it in FILE (JSON)",
};

/** Choices from the file of `--tune`, with what the model needs beyond them measured and added. */
export async function tunedChoices(
  model: Model,
  { flags, resolve, note, progress, signal }: CommandContext,
  options: Pick<TuneKernelsOptions, "plan" | "threads">,
): Promise<KernelChoices | undefined> {
  const name = flags.tune as string | undefined;
  if (name === undefined) return undefined;
  const path = resolve(name);
  const known = await readChoices(path, name);
  const { choices, table } = await tuneKernels(model, {
    ...options,
    known,
    signal,
    budgetMs: 2000 * (flags.budget as number),
    onProgress: (now) => progress(progressText(now)),
  });
  if (table.numRows > 0) {
    await writeWhole(path, `${JSON.stringify(choices, null, 1)}\n`);
    note(`measured ${table.numRows} schedules of layers; wrote ${name}`);
  }
  return choices;
}

async function readChoices(path: string, name: string): Promise<KernelChoices | undefined> {
  let text: string;
  try {
    text = await Deno.readTextFile(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
  try {
    const choices = JSON.parse(text);
    checkChoices(choices);
    return choices;
  } catch (error) {
    throw new UsageError(`${name}: ${(error as Error).message}; name another file, or remove it`);
  }
}
