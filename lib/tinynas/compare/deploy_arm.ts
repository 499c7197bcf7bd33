import { estimateLatency } from "../../deploy/latency/estimate_latency.ts";
import { macs } from "../../model/macs.ts";
import { readModel } from "../../model/read_model.ts";
import { parameterCount } from "../../model/weights.ts";
import { writeModel } from "../../model/write_model.ts";
import { flashBytes } from "../../plan/fits.ts";
import { planMemory } from "../../plan/plan_memory.ts";
import type { LabelledData } from "../data/labelled_data.ts";
import { type MemoryModelName, planOptionsOf } from "../memory_bounds.ts";
import { modelAccuracy, quantizeNetwork } from "../supernet/deploy_subnetwork.ts";
import { subnetwork } from "../supernet/subnetwork.ts";
import type { SupernetGenes } from "../supernet/supernet_space.ts";
import type { SupernetWeights } from "../supernet/trained_supernet.ts";
import type { ComparedDevice } from "./compare_options.ts";

/** A network with weights, that is to be looked at. */
export interface WeighedNetwork {
  readonly weights: SupernetWeights;
  readonly genes: SupernetGenes;
  /** Images for the statistics of its batch normalizations. */
  readonly calibration: LabelledData;
}

/** A trained network, and what it is for. */
export interface DeployRequest extends WeighedNetwork {
  readonly device: ComparedDevice;
  readonly memory: MemoryModelName;
  readonly validation: LabelledData;
}

/** A trained network as a file, with what it costs by its own plan. */
export interface DeployedArm {
  readonly tflite: Uint8Array;
  readonly macs: number;
  readonly params: number;
  readonly peakBytes: number;
  readonly flashBytes: number;
  /** By the estimate for the device; null where nothing is known of it. */
  readonly latencyMs: number | null;
  /** Share of the held-out images that the int8 file classes right. */
  readonly validationAccuracy: number;
}

/** Quantizes, writes, reads and plans a network, and runs it on the held-out images. */
export function deployArm(
  { weights, genes, calibration, device, memory, validation }: DeployRequest,
): DeployedArm {
  const network = subnetwork(weights, { genes, calibration });
  const tflite = writeModel(quantizeNetwork(network, calibration));
  const model = readModel(tflite);
  const plan = planMemory(model, planOptionsOf(memory));
  const { core, clockMhz } = device;
  const latency = core === undefined || clockMhz === undefined
    ? null
    : estimateLatency(model, { device: { core, clockMhz }, plan });
  return {
    tflite,
    macs: macs(model),
    params: parameterCount(model),
    peakBytes: plan.peakBytes,
    flashBytes: Object.values(flashBytes(model)).reduce((a, b) => a + b),
    latencyMs: latency?.milliseconds ?? null,
    validationAccuracy: modelAccuracy(model, validation, { plan }),
  };
}
