import { dictionary, oneOf, positive, readForm, record, text } from "../../form.ts";
import { environment } from "../../measure/environment.ts";
import type { Step } from "../../nest/nest.ts";
import { scheduleForm } from "../../schedule/apply_steps.ts";
import type { Layer } from "../layer.ts";

/**
 * What was measured to be the fastest schedule of the layers of models, by machine and by layer.
 *
 * @category Engine
 */
export interface KernelChoices {
  /** Version of this format. */
  readonly schemaVersion: 2;
  /** For each machine and version of this library, for each kind of layer, what it takes least time with. */
  readonly machines: Readonly<Record<string, Readonly<Record<string, ChosenSchedule>>>>;
}

/**
 * The fastest way to compute a layer.
 *
 * @category Engine
 */
export interface ChosenSchedule {
  /** The kernel. */
  readonly kernel: string;
  /** Its schedule. */
  readonly steps: readonly Step[];
  /** Time of the layer with it. */
  readonly minNs: number;
}

/**
 * What makes two layers the same to a kernel: types, shapes, window, what the plan demands, threads and
 * instructions. Readable, and stable from run to run.
 */
export function kernelKey(
  { operator, step, inputs, outputs, threads, hasRelaxedDot }: Omit<Layer, "schedule">,
): string {
  const tensors = [inputs[0], inputs[1], outputs[0]].map((operand) =>
    operand == null ? "none" : `${operand.tensor.dtype} ${operand.tensor.shape.join("x")}`
  );
  const { form, direction, pixelsAtOnce, channelsAtOnce, foldedPadding } = step;
  const demands = [form, direction, pixelsAtOnce ?? "all", channelsAtOnce ?? "all"].join(" ");
  const padding = foldedPadding === null ? "" : ` pad ${Object.values(foldedPadding).join(" ")}`;
  const attributes = Object.entries(operator.attributes).map(([name, value]) => `${name}=${value}`);
  return [
    `${step.name} ${tensors.join(", ")}${padding}`,
    attributes.join(" "),
    demands,
    `${threads} ${threads === 1 ? "thread" : "threads"}${hasRelaxedDot ? " relaxed" : ""}`,
  ].join("; ");
}

const choicesForm = record({
  schemaVersion: oneOf(2),
  machines: dictionary(
    dictionary(record({ kernel: text, steps: scheduleForm, minNs: positive })),
  ),
});

/**
 * Refuses what is no choices of this format.
 *
 * @throws {TypeError} if it is not, with the path to the field.
 */
export function checkChoices(choices: unknown): void {
  const wrong = choicesForm(choices, "$");
  if (wrong !== null) throw new TypeError(`these are no kernel choices: ${wrong}`);
}

/**
 * Choices from the text of a file.
 *
 * @throws {TypeError} if it holds none, with the path to the field.
 */
export function readChoices(text: string): KernelChoices {
  return readForm(text, { kind: "a file of kernel choices", form: choicesForm });
}

/** What a measured choice holds for: processor, V8 and version of this library. */
export function machineKey(): string {
  const { cpuModel, v8, versions } = environment({ gitCommit: null });
  return `${cpuModel ?? "unknown processor"}, V8 ${v8}, ${Object.entries(versions)[0].join(" ")}`;
}
