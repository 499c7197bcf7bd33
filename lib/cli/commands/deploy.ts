import { basename } from "node:path";
import { reportHtml } from "../../chart/report_html.ts";
import { deploy, type Deployment } from "../../deploy/deploy.ts";
import { type DeployTargetName, deployTargets } from "../../deploy/deploy_targets.ts";
import { deploymentTotals } from "../../deploy/deployment_table.ts";
import { measureDeployment } from "../../deploy/measure_deployment.ts";
import type { ProjectLayout } from "../../deploy/project/build_files.ts";
import { verifyDeployment, writeDeployment } from "../../deploy/write_deployment.ts";
import { EngineError } from "../../engine/engine_error.ts";
import { writeWhole } from "../../measure/table_file.ts";
import type { Model } from "../../model/model.ts";
import type { Table } from "../../npm/arrow.ts";
import { type InputPlace, PlanError } from "../../plan/plan_options.ts";
import { readPlan } from "../../plan/validate_plan.ts";
import { chosenDevice, deviceFlags } from "../chosen_device.ts";
import { type Command, type CommandContext, type FlagValues, UsageError } from "../command.ts";
import { readInput } from "../input_file.ts";
import { loadModel, modelOperand, oneModel } from "../load_model.ts";
import { fusionFlags, fusionOptions, signatureFlag, tableFlags } from "../shared_flags.ts";
import { type Check, deploymentReport, showJson, showLog, showText } from "../show_deployment.ts";
import { outputFormat } from "../write_result.ts";

const layoutFlags = ["cmake", "arduino", "zephyr", "platformio"] as const;

/** `tinyloom deploy FILE|zoo:NAME`. */
export const command: Command = {
  name: "deploy",
  details:
    "The project builds as it is: the model's sources, a header, an example, golden vectors with a\n" +
    "self-test, a README. --verify runs the golden vectors; exit code 1 if outputs differ, or if the\n" +
    "model does not fit the device (then nothing is written without --force).",
  operands: modelOperand,
  flags: {
    ...signatureFlag,
    ...deviceFlags,
    target: {
      kind: "text",
      value: "NAME",
      about: `one of ${Object.keys(deployTargets).join(",")} (default: the device's, or portable)`,
    },
    out: {
      kind: "text",
      writes: true,
      value: "DIR",
      about: "the project's folder (default: named by --prefix)",
    },
    prefix: {
      kind: "text",
      value: "NAME",
      about: "what names in C begin with (default: after the model's file)",
    },
    cmake: { kind: "boolean", about: "a CMake project (default)" },
    arduino: { kind: "boolean", about: "an Arduino library" },
    zephyr: { kind: "boolean", about: "a Zephyr module" },
    platformio: { kind: "boolean", about: "a PlatformIO library" },
    input: {
      kind: "text",
      value: "resident|external",
      about: "whether the input lies in the arena",
      default: "resident",
    },
    ...fusionFlags,
    plan: {
      kind: "text",
      value: "FILE.json",
      about: "run in this plan, as `tinyloom plan --out FILE.json` writes it",
    },
    reserve: {
      kind: "size",
      value: "BYTES",
      about: "SRAM that the application keeps for itself",
      default: 0,
    },
    verify: {
      kind: "text",
      value: "host|qemu",
      about: "run the golden vectors on this machine, or in QEMU, where it is also measured",
    },
    optimize: {
      kind: "text",
      value: "speed|size",
      about: "fast kernels, or small code that is several times slower",
      default: "speed",
    },
    "read-log": {
      kind: "text",
      value: "FILE",
      about:
        "what a board printed, lines `tinyloom layer I cycles N`: beside the estimate; writes " +
        "no project",
    },
    report: {
      kind: "text",
      writes: true,
      value: "FILE.html",
      about: "also write a page for people",
    },
    force: {
      kind: "boolean",
      about: "write although it does not fit, over other files and over what is read",
    },
    ...tableFlags,
    json: { kind: "boolean", about: "one JSON object on standard output" },
  },
  examples: [
    "deploy person_detect.tflite --device nano33ble --verify qemu --report person.html",
    "deploy zoo:mcunet-vww1 --device stm32f746 --fusion rolling --input external --out vww",
    "deploy zoo:mlperf-tiny-kws --target cortex-m4 --arduino --prefix kws --verify host",
    "deploy person_detect.tflite --device nano33ble --read-log serial.txt",
  ],
  permissions: {
    write: "the project, and what --verify compiles",
    run: { names: [], why: "for --verify: compilers, QEMU, and what they make" },
  },
  run: async (context) => {
    const { flags, operands, note, progress, resolve, signal } = context;
    const operand = oneModel(operands, "deploy");
    const layout = chosenLayout(flags);
    const report = flags.report as string | undefined;
    if (report !== undefined) outputFormat(report, ["html"], "--report");
    const device = await chosenDevice(context);
    const target = oneOf("target", flags.target, Object.keys(deployTargets));
    const verify = oneOf("verify", flags.verify, ["host", "qemu"]);
    const optimize = oneOf("optimize", flags.optimize, ["speed", "size"]);
    const model = await loadModel(operand, context);
    const prefix = flags.prefix as string | undefined ?? prefixOf(operand);
    progress("planning and printing");
    const deployment = await deployed(operand, model, context, {
      device,
      layout,
      prefix,
      optimize: optimize as "speed" | "size",
      target: target as DeployTargetName | undefined,
    });
    if (flags["read-log"] !== undefined) {
      return await showLog(deployment, flags["read-log"] as string, context);
    }
    if (deployment.fit?.fits === false && !flags.force) {
      note(`${deployment.fit.reason}; nothing was written (--force writes it)`);
      if (flags.json) showJson(deployment, { context, files: [] });
      return 1;
    }
    const out = flags.out as string | undefined ?? prefix;
    let check: Check | null = null;
    let table: Table | null = null;
    if (verify === "host") {
      progress("compiling and running the golden vectors");
      check = await verifyDeployment(deployment, { signal });
    } else if (verify === "qemu") {
      table = await measureDeployment(deployment, {
        how: "qemu",
        signal,
        onProgress: progress,
      });
      const { exact, frames } = deploymentTotals(table);
      check = { exact: exact === true, frames };
    }
    await writeDeployment(deployment, resolve(out), { force: flags.force === true, signal });
    note(`wrote ${Object.keys(deployment.project.files).length} files to ${out}`);
    const files = Object.keys(deployment.project.files);
    if (report !== undefined) {
      const page = await reportHtml(await deploymentReport(deployment, { check, table }));
      await writeWhole(resolve(report), page);
      note(`wrote ${report}`);
    }
    if (flags.json) showJson(deployment, { context, files, check, table });
    else showText(deployment, { context, check, table });
    return check?.exact === false || deployment.fit?.fits === false ? 1 : 0;
  },
};

/** Plans and prints; what is wrong with the input is the user's. */
async function deployed(
  operand: string,
  model: Model,
  { flags, resolve, signal }: CommandContext,
  rest: Pick<
    Parameters<typeof deploy>[1] & object,
    "device" | "layout" | "prefix" | "target" | "optimize"
  >,
): Promise<Deployment> {
  const file = flags.plan as string | undefined;
  if (file !== undefined && flags.fusion !== undefined) {
    throw new UsageError("--plan has its own --fusion, needed one of them");
  }
  const planOptions = { ...fusionOptions(flags), input: flags.input as InputPlace };
  const lost = ["granularity", "most-tiles", "mac-budget", "memory-budget"]
    .find((name) => flags[name] !== undefined);
  if (lost !== undefined && flags.fusion === undefined) {
    throw new UsageError(`--${lost} needs --fusion`);
  }
  try {
    return deploy(model, {
      ...rest,
      signal,
      planOptions,
      reserveBytes: flags.reserve as number,
      ...(file !== undefined && { plan: await readInput(file, { resolve }, readPlan) }),
    });
  } catch (error) {
    if (!(error instanceof EngineError || error instanceof PlanError)) throw error;
    throw new UsageError(`${operand}: ${error.message}`);
  }
}

function chosenLayout(flags: FlagValues): ProjectLayout {
  const chosen = layoutFlags.filter((name) => flags[name]);
  if (chosen.length > 1) {
    throw new UsageError(`needed one of ${chosen.map((name) => `--${name}`).join(", ")}`);
  }
  return chosen[0] ?? "cmake";
}

function oneOf(flag: string, value: unknown, known: readonly string[]): string | undefined {
  if (value === undefined || known.includes(value as string)) return value as string | undefined;
  throw new UsageError(`--${flag} must be one of ${known.join(", ")}, found "${value}"`);
}

/** A name for C after that of a file or a network. */
function prefixOf(operand: string): string {
  const name = operand.startsWith("zoo:") ? operand.slice(4).split(",")[0] : basename(operand);
  const words = name.replace(/\.\w+$/, "").replace(/\W+/g, "_").replace(/^_+|_+$/g, "")
    .toLowerCase();
  return /^[a-z]/.test(words) ? words : `model_${words}`;
}
