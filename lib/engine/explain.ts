import { checkArguments, checkOptions } from "../check_arguments.ts";
import { disassemble } from "../codegen/compile.ts";
import { pseudocode } from "../codegen/pseudocode/pseudocode.ts";
import { printKernel } from "../kernel/print_kernel.ts";
import { formatCount, threeDigits } from "../measure/format.ts";
import { operatorMacs } from "../model/macs.ts";
import { sizeBytes } from "../model/shape.ts";
import { stateTensors } from "../model/state.ts";
import type { Tensor } from "../model/tensor.ts";
import { plainNest } from "../nest/define_nest.ts";
import type { Nest } from "../nest/nest.ts";
import type { PlanBuffer, PlanStep } from "../plan/plan.ts";
import type { PlanSegment } from "../plan/segment.ts";
import { buildLayerModule } from "./build_module.ts";
import type { Engine } from "./engine.ts";
import { PAGE_BYTES } from "./memory_map.ts";
import { compiledOf, runtimeOf } from "./runtime.ts";

/**
 * What to tell of a layer.
 *
 * @category Engine
 */
export interface ExplainOptions {
  /** Whether the WebAssembly text of the layer's functions follows; default false. */
  readonly wat?: boolean;
}

/**
 * A layer opened up, as text: its tensors and where they lie, the plain loop nest it comes from if there
 * is one, its schedule, the nest scheduled so, and the kernel as it runs, instruction by instruction.
 *
 * @param layer Index into `engine.layers`.
 * @throws {RangeError} if there is no such layer.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { createEngine, explain, zoo } from "tinyloom";
 *
 * using engine = createEngine(zoo("mlperf-tiny-ad"));
 * assert.match(await explain(engine, 0), /for \(k = 0; k < 640; k\+\+\)/);
 * ```
 *
 * @category Engine
 */
export async function explain(
  engine: Engine,
  layer: number,
  options: ExplainOptions = {},
): Promise<string> {
  checkOptions("explain", options, "wat");
  checkArguments("explain", { engine, layer });
  const compiled = compiledOf(engine);
  const { layers, model, plan, threads } = compiled;
  if (!Number.isInteger(layer) || layer < 0 || layer >= layers.length) {
    throw new RangeError(`layer is ${layer}, needs an integer from 0 to ${layers.length - 1}`);
  }
  const { operator, name, kernel, schedule, remarks, isParallel, steps, segment } = layers[layer];
  if (segment !== null) return explainSegment(compiled, layer, options);
  const step = plan.steps[steps[0]];
  const macs = operatorMacs(model.operators[operator], model.tensors) ?? 0;
  const { code, nest } = runtimeOf(engine).kernels[layer];
  const sections: (readonly [string, string])[] = [
    ["Tensors", await textOf(tensorRows(compiled, layer))],
    [
      "Plain nest",
      nest ? plainText(nest) : `// no nest of its own: ${kernel} is not made from one\n`,
    ],
    [
      "Schedule",
      [
        `kernel ${kernel}`,
        `form ${formText(step)}`,
        isParallel ? `${threads} threads share its work` : "one thread",
        ...schedule.map((each) => JSON.stringify(each)),
        ...remarks,
      ].map((line) => `- ${line}\n`).join(""),
    ],
    ...nest ? [["Nest as scheduled", pseudocode(nest)] as const] : [],
    ["Kernel as it runs", code.map((each) => `${printKernel(each)}\n`).join("\n")],
    ...options.wat ? [["WebAssembly", await watOf(engine, layer)] as const] : [],
  ];
  const title = `Layer ${layer} of ${layers.length}: ${name}, operator ${operator} of the model, ` +
    `${formatCount(macs)} MACs\n`;
  return [title, ...sections.map(([heading, text]) => `${heading}\n\n${text}`)].join("\n");
}

/** The nest that a layer's code is made from, before it is scheduled. */
function plainText(nest: Nest): string {
  return [
    "// I is the input with its padding around it, W the weights, O the output\n",
    "// sums alone; bias, rescaling and activation follow when a sum is complete\n",
    pseudocode(plainNest(nest)),
  ].join("");
}

/** The same of a segment: its rings in place of nests, and what each of its operators does again. */
async function explainSegment(
  engine: Engine,
  layer: number,
  { wat = false }: ExplainOptions,
): Promise<string> {
  const { layers, plan } = engine;
  const { kernel, remarks, segment: index } = layers[layer];
  const segment = plan.segments[index!];
  const { code } = runtimeOf(engine).kernels[layer];
  const sections: (readonly [string, string])[] = [
    ["Tensors", await textOf(tensorRows(engine, layer))],
    ["Rings", await textOf(ringRows(segment))],
    [
      "Schedule",
      [
        `kernel ${kernel}`,
        `${segment.direction}, one thread`,
        `multiply-accumulates x ${segment.macFactor.toFixed(4)}`,
        ...remarks,
      ].map((line) => `- ${line}\n`).join(""),
    ],
    ["Kernels as they run", code.map((each) => `${printKernel(each)}\n`).join("\n")],
    ...wat ? [["WebAssembly", await watOf(engine, layer)] as const] : [],
  ];
  const title = `Layer ${layer} of ${layers.length}: segment ${index} of the plan, ` +
    `${segment.until - segment.from} operators, ${formatCount(segment.macs)} MACs\n`;
  return [title, ...sections.map(([heading, text]) => `${heading}\n\n${text}`)].join("\n");
}

/** Rows laid out in columns; what makes tables is loaded on first use. */
async function textOf(rows: readonly object[]): Promise<string> {
  const { tableFromRows } = await import("../measure/table_from_rows.ts");
  const { tableToText } = await import("../measure/print_table.ts");
  return tableToText(tableFromRows(rows));
}

function ringRows({ rings }: PlanSegment) {
  return rings.map(({ tensor, layout, offsetBytes, pixelBytes, ...ring }) => ({
    tensor: `t${tensor}`,
    layout,
    holds: layout === "rows" ? `${ring.rows} rows of ${ring.rowBytes} B` : `${ring.pixels} pixels`,
    mirrorPixels: ring.mirrorPixels,
    pixelBytes,
    offsetBytes,
  }));
}

function formText(step: PlanStep): string {
  const { form, direction, pixelsAtOnce, channelsAtOnce, delayPixels, foldedPadding } = step;
  const remarks: string[] = [form];
  if (form !== "plain") remarks.push(`loops ${direction}`);
  if (pixelsAtOnce !== null) remarks.push(`at most ${pixelsAtOnce} pixels at once`);
  if (channelsAtOnce !== null) remarks.push(`${channelsAtOnce} channels at once`);
  if (delayPixels > 0) remarks.push(`${delayPixels} finished pixels held back`);
  if (foldedPadding !== null) {
    const { top, bottom, left, right } = foldedPadding;
    remarks.push(`folded PAD: top ${top}, bottom ${bottom}, left ${left}, right ${right}`);
  }
  return remarks.join(", ");
}

function watOf(engine: Engine, layer: number): Promise<string> {
  const { bytes, kernels, map: { spaces } } = runtimeOf(engine);
  return disassemble(buildLayerModule(kernels[layer], {
    memoryPages: bytes.length / PAGE_BYTES,
    spaces,
    shared: engine.threads > 1,
    checked: engine.checked,
  }));
}

/** A tensor or scratch buffer of a layer in words. */
export interface TensorRow {
  readonly role: string;
  readonly tensor: string;
  readonly name: string;
  readonly dtype: string;
  readonly shape: string;
  readonly quantization: string;
  readonly sizeBytes: number;
  readonly place: string;
}

/** What a layer reads, writes and uses for itself, and where that lies. */
function tensorRows({ model, plan, layers }: Engine, layer: number): readonly TensorRow[] {
  const { steps: [from, until], segment } = layers[layer];
  const { inputs, outputs } = segment === null ? plan.steps[from] : plan.segments[segment];
  const scratch = plan.steps.slice(from, until).flatMap((step) => step.scratch);
  const state = stateTensors(model);
  const bufferOf = (tensor: number) => plan.buffers.find(({ tensors }) => tensors.includes(tensor));
  const row = (role: string, index: number): TensorRow => {
    const tensor = model.tensors[index];
    const buffer = bufferOf(index);
    return {
      role,
      tensor: `t${index}`,
      name: tensor.name,
      dtype: tensor.dtype,
      shape: `[${tensor.shape}]`,
      quantization: quantizationText(tensor),
      sizeBytes: sizeBytes(tensor),
      place: tensor.data !== null
        ? "constant"
        : state.has(index)
        ? "state"
        : buffer === undefined
        ? "outside of the arena"
        : [span(buffer), ...views(buffer, index), ...sharedBytes(buffer)].join("; "),
    };
  };
  const sharedBytes = ({ shares }: PlanBuffer): readonly string[] =>
    shares.filter(({ step }) => step === from).map(({ buffer, reason }) => {
      const { tensors } = plan.buffers.find(({ id }) => id === buffer)!;
      return `shares bytes with ${names(tensors) || buffer}: ${reason}`;
    });
  return [
    ...inputs.filter((index) => index !== -1).map((index) => row("reads", index)),
    ...outputs.map((index) => row("writes", index)),
    ...plan.buffers.filter(({ id }) => scratch.includes(id)).map((buffer) => ({
      role: "scratch",
      tensor: buffer.id,
      name: buffer.name,
      dtype: "",
      shape: "",
      quantization: "",
      sizeBytes: buffer.sizeBytes,
      place: span(buffer),
    })),
  ];
}

function span({ offsetBytes, sizeBytes }: PlanBuffer): string {
  return `arena ${formatCount(offsetBytes)} to ${formatCount(offsetBytes + sizeBytes - 1)}`;
}

function views({ tensors }: PlanBuffer, index: number): readonly string[] {
  const others = names(tensors.filter((tensor) => tensor !== index));
  return others === "" ? [] : [`the same bytes as ${others}`];
}

function names(tensors: readonly number[]): string {
  return tensors.map((tensor) => `t${tensor}`).join(", ");
}

function quantizationText({ quantization }: Tensor): string {
  if (quantization === null || quantization.scales.length === 0) return "";
  const { scales, zeroPoints } = quantization;
  if (scales.length > 1) return `${scales.length} scales`;
  const zeroPoint = zeroPoints[0] ?? 0;
  const q = zeroPoint === 0 ? "q" : `(q ${zeroPoint < 0 ? "+" : "-"} ${Math.abs(zeroPoint)})`;
  return `${threeDigits(scales[0])} ${q}`;
}
