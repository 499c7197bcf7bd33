import { lookedAfter, throwIfStopped } from "../host.ts";
import { checkArguments, checkOptions } from "../check_arguments.ts";
import { disassemble } from "../codegen/compile.ts";
import { pseudocode } from "../codegen/pseudocode/pseudocode.ts";
import type { KernelCode } from "../kernel/kernel.ts";
import { printKernel } from "../kernel/print_kernel.ts";
import { formatCount } from "../measure/format.ts";
import { operatorMacs } from "../model/macs.ts";
import { plainNest } from "../nest/define_nest.ts";
import type { Nest } from "../nest/nest.ts";
import type { PlanStep } from "../plan/plan.ts";
import type { PlanSegment } from "../plan/segment.ts";
import { buildLayerModule } from "./build_module.ts";
import type { Engine } from "./engine.ts";
import { PAGE_BYTES } from "./memory_map.ts";
import { compiledOf, runtimeOf } from "./runtime.ts";
import { tensorRows } from "./tensor_rows.ts";

/**
 * What to tell of a layer.
 *
 * @category Engine
 */
export interface ExplainOptions {
  /** Whether the WebAssembly text of the layer's functions follows; default false. */
  readonly wat?: boolean;
  /** Characters of a line of its tables at most; default no limit. */
  readonly width?: number;
  /** Ends it with an `AbortError`. */
  readonly signal?: AbortSignal;
}

/**
 * A layer opened up, as text: its tensors and where they lie, the plain loop nest it comes from if there
 * is one, its schedule, the nest scheduled so, and the kernel as it runs, instruction by instruction.
 *
 * @param layer Index into `engine.layers`.
 * @throws {RangeError} if there is no such layer.
 * @throws {DOMException} named `AbortError`, if the signal ends it.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { createEngine, explain, zoo } from "tinyloom";
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
  checkOptions("explain", options, "wat width signal");
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
    ["Tensors", await textOf(tensorRows(compiled, layer), options)],
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
    ["Kernel as it runs", codeText(code, options)],
    ...options.wat ? [["WebAssembly", await watOf(engine, layer, options)] as const] : [],
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
  options: ExplainOptions,
): Promise<string> {
  const { layers, plan: { segments } } = engine;
  const { kernel, remarks, segment: index } = layers[layer];
  const segment = segments[index!];
  const { code } = runtimeOf(engine).kernels[layer];
  const sections: (readonly [string, string])[] = [
    ["Tensors", await textOf(tensorRows(engine, layer), options)],
    ["Rings", await textOf(ringRows(segment), options)],
    [
      "Schedule",
      [
        `kernel ${kernel}`,
        `${segment.direction}, one thread`,
        `multiply-accumulates x ${segment.macFactor.toFixed(4)}`,
        ...remarks,
      ].map((line) => `- ${line}\n`).join(""),
    ],
    ["Kernels as they run", codeText(code, options)],
    ...options.wat ? [["WebAssembly", await watOf(engine, layer, options)] as const] : [],
  ];
  const title = `Layer ${layer} of ${layers.length}: segment ${index} of the plan, ` +
    `${segment.until - segment.from} operators, ${formatCount(segment.macs)} MACs\n`;
  return [title, ...sections.map(([heading, text]) => `${heading}\n\n${text}`)].join("\n");
}

function codeText(code: readonly KernelCode[], { signal }: ExplainOptions): string {
  const print = (each: KernelCode) => {
    throwIfStopped();
    return `${printKernel(each)}\n`;
  };
  return lookedAfter(null, () => code.map(print).join("\n"), { signal });
}

// What makes tables is loaded on first use.
async function textOf(rows: readonly object[], options: ExplainOptions): Promise<string> {
  const { tableFromRows } = await import("../measure/table_from_rows.ts");
  const { tableToText } = await import("../measure/print_table.ts");
  options.signal?.throwIfAborted();
  const { width } = options;
  const importance = ["role", "tensor", "shape", "place", "sizeBytes", "dtype"];
  return tableToText(tableFromRows(rows), { width, importance });
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

async function watOf(
  engine: Engine,
  layer: number,
  { signal }: ExplainOptions,
): Promise<string> {
  const { bytes, kernels, map: { spaces } } = runtimeOf(engine);
  const build = () =>
    buildLayerModule(kernels[layer], {
      memoryPages: bytes.length / PAGE_BYTES,
      spaces,
      shared: engine.threads > 1,
      checked: engine.checked,
    });
  const text = await disassemble(lookedAfter(null, build, { signal }));
  signal?.throwIfAborted();
  return text;
}
