import { targetOf } from "../deploy/deploy_targets.ts";
import { costsOf, timeOf } from "../deploy/latency/estimate_latency.ts";
import { instructionsOf } from "../deploy/latency/instruction_costs.ts";
import { layerKind } from "../deploy/latency/layer_kind.ts";
import type { Device } from "../plan/devices.ts";
import { layerMacs } from "./network_cost.ts";
import { inputBytes, type NetworkLayer, outputBytes } from "./network_layers.ts";

/**
 * The processor that a time is estimated for.
 *
 * @category Search
 */
export type Processor = Pick<Device, "core" | "clockMhz">;

/** Time of a network in C, layer by layer, as `estimateLatency` of its model without building it. */
export function networkLatencyMs(layers: readonly NetworkLayer[], processor: Processor): number {
  const target = targetOf(processor);
  const costs = costsOf(target);
  const instructions = layers.reduce((sum, layer) => {
    const { op, kernel, inputChannels } = layer;
    const kind = layerKind(op, { taps: kernel * kernel, inputChannels });
    const terms = op === "ADD" ? 2 : 1;
    const work = {
      kind,
      macs: layerMacs(layer),
      outputs: outputBytes(layer),
      inputs: terms * inputBytes(layer),
    };
    return sum + Math.round(instructionsOf(work, costs));
  }, 0);
  const { milliseconds } = timeOf(instructions, { target, clockMhz: processor.clockMhz });
  if (milliseconds !== null) return milliseconds;
  throw new RangeError(
    `nothing is known of the time that a ${processor.core} takes, needed a Cortex-M4, M7, M33 or M55`,
  );
}
