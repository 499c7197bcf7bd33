import { targetOf } from "../deploy/deploy_targets.ts";
import { costsOf, timeOf } from "../deploy/latency/estimate_latency.ts";
import { instructionsOf, layerKind } from "../deploy/latency/instruction_costs.ts";
import type { InvertedResidualNet } from "../model/zoo/inverted_residual_net.ts";
import type { Device } from "../plan/devices.ts";
import { codeEstimate, SCALE_BYTES } from "../plan/fits.ts";

/** What a network costs whatever its plan, from its numbers alone. */
export interface NetworkCost {
  /** Multiply-accumulates of one run, as `macs` of the model. */
  readonly macs: number;
  /** Weights and biases, as `parameterCount` of the model. */
  readonly params: number;
  /** Constants and code, as `flashBytes` of the model. */
  readonly flashBytes: number;
}

const BIAS_BYTES = 4;
/** Two axes of int32, a constant of MEAN. */
const AXES_BYTES = 8;

/** Multiply-accumulates, parameters and Flash: the figures of the model, without building it. */
export function networkCost(layers: readonly NetworkLayer[]): NetworkCost {
  let [macs, weights, biases, scales] = [0, 0, 0, 0];
  for (const layer of layers) {
    const { op, outputChannels } = layer;
    // One scale for all outputs, but for those of convolutions.
    scales += op.endsWith("CONV_2D") ? outputChannels : 1;
    macs += layerMacs(layer);
    if (op === "ADD" || op === "MEAN") continue;
    biases += outputChannels;
    weights += outputChannels * taps(layer);
  }
  const codeBytes = codeEstimate(
    layers.map(({ op, kernel, stride }) => ({ op, taps: [kernel, kernel], stride })),
  );
  const axes = layers.filter(({ op }) => op === "MEAN").length;
  const constantBytes = weights + BIAS_BYTES * biases + AXES_BYTES * axes;
  return {
    macs,
    params: weights + biases,
    flashBytes: constantBytes + SCALE_BYTES * scales + codeBytes,
  };
}

/** Multiply-accumulates of one layer, as `operatorMacs` counts them. */
function layerMacs(layer: NetworkLayer): number {
  return networkOutputBytes(layer) * taps(layer);
}

/** Weights of one output. */
function taps({ op, kernel, inputChannels }: NetworkLayer): number {
  if (op === "ADD" || op === "MEAN") return 0;
  return kernel * kernel * (op === "DEPTHWISE_CONV_2D" ? 1 : inputChannels);
}

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
      outputs: networkOutputBytes(layer),
      inputs: terms * networkInputBytes(layer),
    };
    return sum + Math.round(instructionsOf(work, costs));
  }, 0);
  const { milliseconds } = timeOf(instructions, { target, clockMhz: processor.clockMhz });
  if (milliseconds !== null) return milliseconds;
  throw new RangeError(
    `nothing is known of the time that a ${processor.core} takes, needed a Cortex-M4, M7, M33 or M55`,
  );
}

/** One operator of a network, by its numbers alone; elements are bytes. */
export interface NetworkLayer {
  readonly op: "CONV_2D" | "DEPTHWISE_CONV_2D" | "ADD" | "MEAN" | "FULLY_CONNECTED";
  /** Rows and columns read. */
  readonly inputRows: number;
  readonly inputColumns: number;
  /** Rows and columns written. */
  readonly outputRows: number;
  readonly outputColumns: number;
  /** Channels read. */
  readonly inputChannels: number;
  /** Channels written. */
  readonly outputChannels: number;
  /** Rows and columns of the filter. */
  readonly kernel: number;
  /** Pixels from one window to the next. */
  readonly stride: number;
  /** Bytes of other tensors alive meanwhile: a block's input, or the other term of ADD. */
  readonly heldBytes: number;
  /** Whether nobody reads the input any more. */
  readonly inputDies: boolean;
  /** The block that the layer belongs to: 0 for the first convolution; null behind the last block. */
  readonly block: number | null;
}

/** What a network reads and writes. */
export interface NetworkEnds {
  /** Rows of the image. */
  readonly resolution: number;
  /** Columns of the image, where it is not square. */
  readonly columns?: number;
  /** Channels of the image. */
  readonly inputChannels: number;
  /** Outputs of the classifier. */
  readonly classes: number;
}

/** The operators of a network in their order, as `invertedResidualNet` builds them. */
export function networkLayers(
  net: InvertedResidualNet,
  { resolution, columns = resolution, inputChannels, classes }: NetworkEnds,
): readonly NetworkLayer[] {
  const layers: NetworkLayer[] = [];
  let [height, width] = [resolution, columns];
  let channels = inputChannels;
  const layer = (
    op: NetworkLayer["op"],
    to: number,
    rest: Partial<Omit<NetworkLayer, "op">> & Pick<NetworkLayer, "block">,
  ) => {
    const { stride = 1 } = rest;
    const outputRows = rest.outputRows ?? Math.ceil(height / stride);
    const outputColumns = rest.outputColumns ?? Math.ceil(width / stride);
    layers.push({
      op,
      inputRows: height,
      inputColumns: width,
      inputChannels: channels,
      outputChannels: to,
      kernel: 1,
      stride,
      heldBytes: 0,
      inputDies: true,
      ...rest,
      outputRows,
      outputColumns,
    });
    [height, width] = [outputRows, outputColumns];
    channels = to;
  };
  layer("CONV_2D", net.stem, { kernel: 3, stride: 2, block: 0 });
  net.blocks.forEach(([kernel, stride, expanded, out, residual], index) => {
    const block = index + 1;
    const input = height * width * channels;
    const held = residual === 1 ? input : 0;
    const isExpanding = expanded !== channels;
    if (isExpanding) layer("CONV_2D", expanded, { inputDies: residual === 0, block });
    layer("DEPTHWISE_CONV_2D", expanded, {
      kernel,
      stride,
      heldBytes: isExpanding ? held : 0,
      inputDies: isExpanding || residual === 0,
      block,
    });
    layer("CONV_2D", out, { heldBytes: held, block });
    if (residual === 1) layer("ADD", out, { heldBytes: held, block });
  });
  if (net.head !== null) layer("CONV_2D", net.head, { block: null });
  layer("MEAN", channels, { outputRows: 1, outputColumns: 1, block: null });
  layer("FULLY_CONNECTED", classes, { block: null });
  return layers;
}

/** Bytes that a layer reads. */
export function networkInputBytes(
  { inputRows, inputColumns, inputChannels }: NetworkLayer,
): number {
  return inputRows * inputColumns * inputChannels;
}

/** Bytes that a layer writes. */
export function networkOutputBytes(
  { outputRows, outputColumns, outputChannels }: NetworkLayer,
): number {
  return outputRows * outputColumns * outputChannels;
}

/**
 * A limit of time, and the processor that it is estimated for; null without a limit.
 *
 * @throws {TypeError} if not all of the processor is known.
 */
export function latencyBudget(
  mostMs: number | null,
  { core, clockMhz }: Partial<Processor>,
): { readonly mostMs: number; readonly processor: Processor } | null {
  if (mostMs === null) return null;
  if (core !== undefined && clockMhz !== undefined) {
    return { mostMs, processor: { core, clockMhz } };
  }
  throw new TypeError("mostLatencyMs needs a device with core and clockMhz, as those of `devices`");
}
