import { explain } from "../../engine/explain.ts";
import { type Command, UsageError } from "../command.ts";
import { fusedPlan } from "../model_runner.ts";
import { loadModel, modelOperand } from "../load_model.ts";
import { compileModel } from "../model_runner.ts";
import { fusedRunFlags, signatureFlag, tableFlags } from "../shared_flags.ts";
import { say } from "../terminal.ts";

/** `tinyloom explain FILE|zoo:NAME LAYER`. */
export const command: Command = {
  name: "explain",
  details: "Layers are numbered as in `tinyloom profile`.",
  operands: `${modelOperand} LAYER`,
  flags: {
    ...signatureFlag,
    threads: { kind: "integer", value: "N", about: "threads that compute", default: 1, least: 1 },
    checked: { kind: "boolean", about: "with the checks of every access to the arena" },
    wide: tableFlags.wide,
    wat: { kind: "boolean", about: "also the WebAssembly text" },
    ...fusedRunFlags,
  },
  examples: [
    "explain person_detect.tflite 2",
    "explain zoo:mlperf-tiny-ad 0 --wat",
    "explain zoo:mcunet-vww1 0 --fusion rolling",
  ],
  permissions: {},
  run: async (context) => {
    const { flags, operands, width, signal } = context;
    const [operand, layer] = operands;
    if (operands.length !== 2) {
      throw new UsageError(
        `explain needs one model, ${modelOperand}, and the number of a layer; found ` +
          `${operands.length} arguments`,
      );
    }
    const model = await loadModel(operand, context);
    using engine = compileModel(operand, model, {
      threads: flags.threads as number,
      checked: flags.checked as boolean,
      plan: fusedPlan(model, flags),
      signal,
    });
    const index = layer.trim() === "" ? NaN : Number(layer);
    const text = await explain(engine, index, {
      wat: flags.wat as boolean,
      ...(!flags.wide && { width }),
      signal,
    });
    say(context, text.trimEnd());
    return 0;
  },
};
