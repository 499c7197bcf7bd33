import { deployTargets } from "../../deploy/deploy_targets.ts";
import { devices } from "../../plan/devices.ts";
import { techniques } from "../../plan/techniques.ts";
import { deviceFlags } from "../chosen_device.ts";
import type { Command } from "../command.ts";
import { modelOperand } from "../load_model.ts";
import { fusionFlags, signatureFlag, tableFlags } from "../shared_flags.ts";

/** `tinyloom plan FILE|zoo:NAME`. */
export const command: Command = {
  name: "plan",
  details: "Of two models or plans (FILE.json of --out), the difference is shown.\nTechniques:\n" +
    Object.entries(techniques).map(([name, what]) => `  ${name}: ${what}`).join("\n"),
  operands: `${modelOperand}|PLAN.json [ANOTHER]`,
  flags: {
    ...signatureFlag,
    ...deviceFlags,
    device: {
      ...deviceFlags.device,
      about: `${Object.keys(devices).join(", ")}, or a file with sramBytes and flashBytes; ` +
        "exit code 1 if the model does not fit",
    },
    target: {
      kind: "text",
      value: "NAME",
      about: `name what kernels work in on one of ${
        Object.keys(deployTargets).join(", ")
      } (default: the device's)`,
    },
    reserve: {
      kind: "size",
      value: "BYTES",
      about: "SRAM that the application keeps for itself, for --device",
    },
    technique: {
      kind: "texts",
      value: "LIST",
      about: "techniques to use, or none; may be repeated (default: all)",
    },
    without: { kind: "texts", value: "LIST", about: "techniques not to use; may be repeated" },
    alignment: { kind: "integer", value: "N", about: "every offset a multiple of N", least: 1 },
    input: {
      kind: "text",
      value: "resident|external",
      about: "whether the input lies in the arena",
      default: "resident",
    },
    scratch: {
      kind: "text",
      value: "direct|tflm|im2col",
      about: "whose kernels run, for their scratch memory",
    },
    ...fusionFlags,
    frontier: {
      kind: "boolean",
      about: "all trade-offs of memory and multiply-accumulates (--fusion best if not given)",
    },
    compare: { kind: "boolean", about: "the ladder of techniques, one more at a time" },
    "offline-plan": {
      kind: "text",
      writes: true,
      value: "FILE.tflite",
      about: "write the model with a plan that TensorFlow Lite Micro reads",
    },
    ...tableFlags,
    json: { kind: "boolean", about: "one JSON object on standard output" },
    out: {
      kind: "texts",
      writes: true,
      value: "FILE",
      about: "also write .json .svg .png .html .csv .arrow or .md; may be repeated",
    },
  },
  examples: [
    "plan person_detect.tflite --device stm32f746",
    "plan zoo:mobilenet_v2 --compare",
    "plan zoo:mobilenet_v2 --fusion best --input external --mac-budget 1.1 --frontier",
    "plan zoo:mcunet-in3 --without overlap --out plan.html --out plan.json",
    "plan model.tflite --sram 64k --flash 512k",
    "plan before.tflite after.tflite",
    "plan model.tflite --offline-plan planned.tflite",
  ],
  permissions: { write: "--out, --offline-plan", draws: true },
  run: async (context) => {
    const { runPlan } = await import("../run_plan.ts");
    return await runPlan(context);
  },
};
