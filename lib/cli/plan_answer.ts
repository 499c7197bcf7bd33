import { KERNEL_CHANNELS, KERNEL_PIXELS } from "../engine/default_plan.ts";
import type { Engine } from "../engine/engine.ts";
import { formatCount, formatShare } from "../measure/format.ts";
import { tableFromRows } from "../measure/table_from_rows.ts";
import type { Model } from "../model/model.ts";
import type { Table } from "../npm/arrow.ts";
import { type Device, devices } from "../plan/devices.ts";
import { fits } from "../plan/fits.ts";
import type { Plan } from "../plan/plan.ts";
import { planMemory } from "../plan/plan_memory.ts";
import { PlanError, type PlanOptions } from "../plan/plan_options.ts";
import { ramBytesOf } from "../plan/scratch.ts";
import type { CommandContext } from "./command.ts";
import { planInWords } from "./plan_in_words.ts";
import { printTable, say } from "./terminal.ts";

/** What the answer to `tinyloom plan` is made from. */
export interface Asked {
  readonly model: Model;
  readonly plan: Plan;
  readonly options: PlanOptions;
  readonly device: Device | undefined;
}

/** The verdict first, then what it rests on. */
export function answer(
  asked: Asked,
  tables: { readonly ladder: Table | null; readonly frontier: Table | null },
  context: CommandContext,
): void {
  const { print, progress, width } = context;
  const { model, plan, device } = asked;
  say(context, verdictOf(asked));
  print(barsOf(asked, width).join("\n"));
  progress("looking for what makes it fit");
  const remedies = remedyInWords(remediesOf(asked), asked);
  for (const line of [...remedies, ...engineArenaInWords(asked)]) say(context, line);
  print("");
  progress("planning for all devices");
  printTable(context, fitTable(asked), { importance: ["device", "layerWise", "fused"] });
  print("");
  const importance = ["technique", "peakBytes", "macFactor", "optimal", "groundShare", "segments"];
  for (const table of [tables.ladder, tables.frontier]) {
    if (table === null) continue;
    printTable(context, table, { importance });
    print("");
  }
  for (const line of planInWords(model, plan, device)) say(context, line);
}

/** The answer in a line: whether the device holds the model, or which devices do. */
export function verdictOf({ plan, device }: Pick<Asked, "plan" | "device">): string {
  const arena = `arena ${bytes(plan.peakBytes)}, Flash ${bytes(plan.flashBytes)}`;
  if (device !== undefined) {
    if (plan.fit!.fits) return `Fits ${device.title}: ${arena}`;
    const isOpen = plan.fit!.reason.startsWith("cannot tell");
    return `${isOpen ? "Cannot be told for" : "DOES NOT FIT"} ${device.title}: ${arena}`;
  }
  const all = Object.values(devices);
  const able = all.filter((each) => fits(plan, each).fits).length;
  return `Fits ${able} of ${all.length} known devices: ${arena}`;
}

/** How much of the device's memories is used, as bars; of the smallest that fits if none is named. */
export function barsOf({ plan, device }: Pick<Asked, "plan" | "device">, width: number): string[] {
  const bySize = Object.values(devices).toSorted((a, b) => a.sramBytes - b.sramBytes);
  const against = device ?? bySize.find((each) => fits(plan, each).fits) ?? bySize.at(-1)!;
  const memories = [
    ["SRAM", ramBytesOf(plan), against.sramBytes],
    ["Flash", plan.flashBytes, against.flashBytes],
  ] as const;
  const texts = memories.map(([, used, size]) => (
    `${bytes(used)} of ${bytes(size)} (${formatShare(used / size)}), ${against.name}`
  ));
  const room = Math.max(
    10,
    Math.min(30, width - Math.max(...texts.map((text) => text.length)) - 10),
  );
  return memories.map(([name, used, size], index) => {
    const full = Math.min(room, Math.ceil(room * used / size));
    const bar = "█".repeat(full) + (used > size ? "▶" : "░".repeat(room - full));
    return `${name.padEnd(5)} ${bar.padEnd(room + 1)} ${texts[index]}`;
  });
}

/** A row for each device: whether it holds the plan, layer by layer and with operators fused. */
export function fitTable({ model, plan, options, device: own }: Asked): Table {
  const isFused = plan.fusion !== "none";
  const layers = isFused ? planned(model, withoutFusion(options)) : plan;
  const fused = isFused ? plan : planned(model, { ...options, fusion: "best", timeLimitMs: 2000 });
  const known = Object.values(devices);
  const all = own === undefined || known.includes(own) ? known : [own, ...known];
  const rows = all.map((device) => ({
    device: device.name,
    core: device.core,
    sramBytes: device.sramBytes,
    flashBytes: device.flashBytes,
    layerWise: fitText(layers, device),
    fused: fitText(fused, device),
  }));
  return tableFromRows(rows);
}

/** Flags with which the model fits a device that this plan does not fit. */
export interface Remedy {
  /** What to add to the command line. */
  readonly flags: string;
  /** The arena then. */
  readonly peakBytes: number;
  /** Multiply-accumulates then, as a factor of the model's. */
  readonly macFactor: number;
  /** Whether the device holds that. */
  readonly fits: boolean;
}

/** What would make it fit: other plans, tried in the order of what they cost, until one fits. */
export function remediesOf({ model, plan, options, device }: Asked): readonly Remedy[] {
  if (device === undefined || plan.fit?.fits !== false || plan.unknown.length > 0) return [];
  const base = withoutFusion(options);
  const isOutside = options.input === "external";
  const { sramBytes } = device;
  const free = sramBytes - (ramBytesOf(plan) - plan.peakBytes) - (options.reserveBytes ?? 0) - 1024;
  const outside = { input: "external" as const };
  const budget = { fusion: "best" as const, memoryBudget: Math.max(0, free) };
  const choices: readonly (readonly [string, PlanOptions])[] = [
    ["--fusion best", { ...base, fusion: "best" }],
    [`--fusion best --memory-budget ${budget.memoryBudget}`, { ...base, ...budget }],
    ...isOutside ? [] : [
      ["--input external", { ...base, ...outside }] as const,
      ["--input external --fusion best", { ...base, ...outside, fusion: "best" as const }] as const,
      [
        `--input external --fusion best --memory-budget ${budget.memoryBudget}`,
        { ...base, ...outside, ...budget },
      ] as const,
    ],
  ];
  const tried: Remedy[] = [];
  for (const [flags, asked] of choices) {
    const other = planned(model, { ...asked, timeLimitMs: 3000 });
    if (other === null) continue;
    const does = fits(other, device, { reserveBytes: options.reserveBytes }).fits;
    tried.push({ flags, peakBytes: other.peakBytes, macFactor: other.macFactor, fits: does });
    if (does) break;
  }
  return tried;
}

/** The remedy that works, or the best that there is. */
export function remedyInWords(
  remedies: readonly Remedy[],
  { plan, device }: Pick<Asked, "plan" | "device">,
): string[] {
  if (device === undefined || plan.fit?.fits !== false) return [];
  if (plan.flashBytes > device.flashBytes) {
    return [
      `Its constants and code exceed the Flash by ${bytes(plan.flashBytes - device.flashBytes)}: ` +
      "no plan changes that, a smaller network does (tinyloom search).",
    ];
  }
  if (remedies.length === 0) return [];
  const { flags, peakBytes, macFactor, fits: does } = remedies.find((each) => each.fits) ??
    remedies.toSorted((a, b) => a.peakBytes - b.peakBytes)[0];
  const cost = macFactor > 1
    ? `, with ${macFactor.toFixed(2)} times the multiply-accumulates`
    : ", at no further multiply-accumulates";
  return does
    ? [`What makes it fit: ${flags} needs ${bytes(peakBytes)}${cost}.`]
    : [`Nothing tried makes it fit; the least is ${flags} with ${bytes(peakBytes)}${cost}.`];
}

/** The arena of an engine, and that of `tinyloom plan` where it is another. */
export function arenaInWords(
  { model, plan: { peakBytes, fusion, input, techniques } }: Pick<Engine, "model" | "plan">,
  options: PlanOptions,
): string {
  const arena = `Arena ${bytes(peakBytes)}`;
  const serial = planned(model, fusion === "none" ? {} : { ...options, input });
  if (serial === null || serial.peakBytes === peakBytes) return arena;
  const lost = serial.techniques.filter((name) => !techniques.includes(name));
  return `${arena} (tinyloom plan: ${bytes(serial.peakBytes)}; kernels here compute up to ` +
    `${KERNEL_PIXELS} pixels together${
      lost.length > 0 ? `, threads run without ${lost.join(" and ")}` : ""
    })`;
}

/** Why `run` and `profile` have another arena than the plan, if they have. */
export function engineArenaInWords({ model, plan, options }: Asked): string[] {
  if (options.pixels !== undefined) return [];
  const wider = planned(model, {
    ...options,
    pixels: KERNEL_PIXELS,
    ...(plan.fusion === "none" && { channels: KERNEL_CHANNELS }),
  });
  if (wider === null || wider.peakBytes === plan.peakBytes) return [];
  return [
    `run and profile need ${bytes(wider.peakBytes)}: kernels in WebAssembly compute ` +
    `${KERNEL_PIXELS} pixels together, the plan counts with one.`,
  ];
}

function planned(model: Model, options: PlanOptions): Plan | null {
  try {
    return planMemory(model, options);
  } catch (error) {
    if (error instanceof PlanError || error instanceof RangeError) return null;
    throw error;
  }
}

function withoutFusion(options: PlanOptions): PlanOptions {
  const { fusion: _, granularity: __, mostTiles: ___, macBudget: ____, ...rest } = options;
  const { memoryBudget: _____, ...plain } = rest;
  return plain;
}

function fitText(plan: Plan | null, device: Device): string | null {
  if (plan === null) return null;
  const used = `${formatShare(ramBytesOf(plan) / device.sramBytes)} of SRAM`;
  if (fits(plan, device).fits) return `yes, ${used}`;
  if (plan.unknown.length > 0) return "unknown";
  return plan.flashBytes > device.flashBytes ? "no, Flash" : `no, ${used}`;
}

function bytes(count: number): string {
  return `${formatCount(count)} B`;
}
