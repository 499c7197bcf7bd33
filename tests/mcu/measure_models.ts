// What the fits in this folder start from: networks of the zoo and real models, built for a processor and
// run in QEMU. Counts are the same at every run; they are kept in out/mcu.json until code changes.
import {
  deploy,
  type DeploymentRow,
  deploymentRows,
  type DeploymentTotals,
  deploymentTotals,
  type DeployTargetName,
  measureDeployment,
  type Model,
  type PlanOptions,
  randomFrame,
  zoo,
} from "../../mod.ts";
import { goldenModels } from "../engine/golden.ts";

/** One model on one processor in one plan. */
export interface MeasuredModel {
  readonly name: string;
  readonly target: DeployTargetName;
  readonly fusion: string;
  readonly totals: DeploymentTotals;
  readonly rows: readonly DeploymentRow[];
}

/** Networks whose weights the boards have room for. */
export const zooModels = [
  ..."mbv2-w0.3-r64 mbv2-w0.3-r80 mbv2-w0.35-r144 proxyless-w0.25-r112 proxyless-w0.3-r64".split(
    " ",
  ),
  ..."proxyless-w0.3-r176 mcunet-in0 mcunet-in1 mcunet-in2 mcunet-in3 mcunet-in4".split(" "),
  ..."mcunet-vww0 mcunet-vww1 mcunet-vww2".split(" "),
  ..."mlperf-tiny-vww mlperf-tiny-kws mlperf-tiny-ic mlperf-tiny-ad".split(" "),
];

/** Those of them that scalar kernels run in a few seconds. */
export const smallModels = zooModels.filter((name) =>
  /r64|r80|r112|in[01]|vww[01]|tiny/.test(name)
);

/** Those that are measured fused, too. */
export const fusedModels =
  "mcunet-vww0 mcunet-in1 mlperf-tiny-vww mlperf-tiny-kws mlperf-tiny-ic mcunet_vww1".split(" ");

const realModels = ["person_detect", "mcunet_vww1", "kws_ref_model", "ad01_int8"];

const CACHE = new URL("../../out/mcu.json", import.meta.url);

/** The models on a processor, layer by layer, and fused where that is asked for. */
export async function measureModels(
  target: DeployTargetName,
  { fused = [], names = [...zooModels, ...realModels] }: {
    readonly fused?: readonly string[];
    readonly names?: readonly string[];
  } = {},
): Promise<readonly MeasuredModel[]> {
  const known = await cached();
  const golden = new Map(goldenModels().map(({ name, model }) => [name, model]));
  const jobs = names.filter((name) => golden.has(name) || zooModels.includes(name)).flatMap((
    name,
  ) => [
    { name, options: {} as PlanOptions },
    ...fused.includes(name) ? [{ name, options: { fusion: "rolling" } as PlanOptions }] : [],
  ]);
  const found: MeasuredModel[] = [];
  for (const { name, options } of jobs) {
    const { fusion = "none" } = options;
    const before = known.find((each) =>
      each.name === name && each.target === target && each.fusion === fusion
    );
    const model = golden.get(name) ?? zoo(name);
    const measured = before ?? await measure(model, { name, target, options });
    found.push(measured);
    if (before === undefined) {
      known.push(measured);
      await Deno.mkdir(new URL(".", CACHE), { recursive: true });
      await Deno.writeTextFile(CACHE, JSON.stringify(known));
    }
  }
  return found;
}

async function measure(
  model: Model,
  { name, target, options }: {
    readonly name: string;
    readonly target: DeployTargetName;
    readonly options: PlanOptions;
  },
): Promise<MeasuredModel> {
  const frames = [randomFrame(model, { seed: 1 })];
  const deployment = deploy(model, { target, planOptions: options, frames, prefix: "net" });
  const table = await measureDeployment(deployment, { how: "qemu" });
  const totals = deploymentTotals(table);
  console.error(`${name} ${target} ${options.fusion ?? ""}: ${totals.instructions} instructions`);
  if (!totals.exact) throw new Error(`${name} on ${target} gives other outputs`);
  return {
    name,
    target,
    fusion: options.fusion ?? "none",
    totals,
    rows: deploymentRows(table),
  };
}

async function cached(): Promise<MeasuredModel[]> {
  try {
    return JSON.parse(await Deno.readTextFile(CACHE));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}
