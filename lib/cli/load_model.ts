import type { Model } from "../model/model.ts";
import { ModelError } from "../model/model_error.ts";
import type { ZooOptions } from "../model/zoo/zoo_options.ts";
import { type CommandContext, InputError, UsageError } from "./command.ts";

/** How a model is named on the command line. */
export const modelOperand = "FILE.tflite|zoo:NAME[,OPTION=VALUE...]";

/**
 * The model of a command, by the signature that it asks for; what a run of it leaves out is noted.
 *
 * @throws {UsageError} as `readFrom`, and if the model has no such signature.
 */
export async function loadModel(
  operand: string,
  { resolve, flags, note, signal }: Pick<CommandContext, "resolve" | "flags" | "note" | "signal">,
): Promise<Model> {
  const given = await readFrom(operand, { resolve, signal });
  const { leftOut } = await import("../model/summarize.ts");
  const model = await chosen(given, flags.signature as string | undefined);
  for (const each of leftOut(model)) note(`left out: ${each}`);
  return model;
}

async function chosen(model: Model, signature: string | undefined): Promise<Model> {
  if (signature === undefined) return model;
  const { selectSignature } = await import("../model/select_signature.ts");
  try {
    return selectSignature(model, signature);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new UsageError(`--signature: ${error.message}`);
  }
}

/**
 * Reads a `.tflite` file, or builds a network of the zoo: `zoo:mobilenet_v2,width=0.35`.
 *
 * @throws {UsageError} the file cannot be read or is no model, or the zoo has no such network.
 */
async function readFrom(
  operand: string,
  { resolve, signal }: Pick<CommandContext, "resolve" | "signal">,
): Promise<Model> {
  if (operand.startsWith("zoo:")) return await fromZoo(operand.slice("zoo:".length));
  const { readModel } = await import("../model/read_model.ts");
  const bytes = await Deno.readFile(resolve(operand), { signal });
  try {
    return named(readModel(bytes, { signal }), operand);
  } catch (error) {
    if (!(error instanceof ModelError)) throw error;
    throw new InputError(`${operand}: ${error.message}`);
  }
}

/** A model that says nothing of itself (`main` is what converters call every graph) is called as its file. */
function named(model: Model, path: string): Model {
  if (model.name !== "" && model.name !== "main") return model;
  return { ...model, name: path.replace(/^.*[\\/]/, "").replace(/\.\w+$/, "") };
}

/** The one model that a command takes, or an error that says so. */
export function oneModel(operands: readonly string[], command: string): string {
  if (operands.length === 1) return operands[0];
  throw new UsageError(`${command} needs one model, ${modelOperand}; found ${operands.length}`);
}

async function fromZoo(text: string): Promise<Model> {
  const [name, ...pairs] = text.split(",");
  const options: Record<string, unknown> = {};
  for (const pair of pairs) {
    const [key, value] = pair.split("=");
    if (value === undefined) {
      throw new UsageError(`zoo:${text}: an option is KEY=VALUE, found "${pair}"`);
    }
    options[key] = value === "true" ? true : value === "false" ? false : Number(value);
  }
  const { zoo } = await import("../model/zoo/zoo.ts");
  return zoo(name, options as ZooOptions);
}
