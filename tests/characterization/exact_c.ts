import {
  deploy,
  type DeployTargetName,
  devices,
  emitC,
  estimateLatency,
  type Model,
  planMemory,
  type PlanOptions,
} from "tinyloom";
import type { ExactCases } from "./exact_figures.ts";
import { layers, networks, orRefusal, unhurried } from "./exact_inputs.ts";

const targets = ["portable", "cortex-m4", "cortex-m55"] as const;

/** Layers and small networks as C for each kind of processor. */
export const cExact: ExactCases = {
  ...Object.fromEntries(
    [...layers()].map(([name, own]) => [
      `C of layers: ${name}`,
      () => own.map((model) => targets.map((target) => sourceOf(model, target))),
    ]),
  ),
  ...Object.fromEntries(
    [...targets, "host" as const].flatMap((target) => [
      [`C project of kws for ${target}`, () => projectOf(networks.kws(), target)],
      ...Object.keys(networks).map((name) => [
        `C of ${name} for ${target}`,
        () => sourceOf(networks[name](), target),
      ]),
      [
        `C in place and row by row for ${target}`,
        () =>
          (["none", "rolling"] as const).map((fusion) =>
            sourceOf(networks.vww(), target, { fusion, pixels: 4, channels: 8 })
          ),
      ],
    ]),
  ),
};

function sourceOf(
  model: Model,
  target: (typeof targets)[number] | "host",
  options: PlanOptions = {},
): unknown {
  const plan = planMemory(model, { ...options, ...unhurried });
  return orRefusal(() => emitC(model, { plan, prefix: "layer", target, frames: [] }).files);
}

async function projectOf(model: Model, target: DeployTargetName): Promise<unknown> {
  const deployment = await deploy(model, { target, planOptions: unhurried });
  return [deployment, estimateLatency(model, { device: devices.nano33ble })];
}
