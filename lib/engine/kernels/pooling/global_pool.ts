import type { Value } from "../../../kernel/kernel.ts";
import { type At, type KernelBuilder, start } from "../../../kernel/kernel_builder.ts";
import { add, apply, choose, constant, max, min, mul, sub } from "../../../kernel/values.ts";
import type { Activation } from "../../../model/attributes.ts";
import { dtypeBits } from "../../../model/dtype.ts";
import type { Layer, LayerKernel } from "../../layer.ts";
import { outputRange } from "../../reference/clamp.ts";
import { integerRange, zeroPointOf } from "../../reference/expect.ts";
import { meanFactor } from "../../reference/factors.ts";
import { fillRun } from "../movement/copy_bytes.ts";
import { prepareConstantRescale } from "../requantize/constant_rescale.ts";
import { loadBytes, storeBytes } from "../vectors/bytes.ts";
import {
  LANES,
  largestCentred,
  loadInt16,
  storeQuantized,
  STORES,
  widen,
} from "../vectors/quantized_vectors.ts";
import { imagePlace } from "../walk/image_place.ts";
import { forRange, rangeOf as indices } from "../walk/index_range.ts";
import { callFlags, openKernel } from "../walk/open_kernel.ts";

/**
 * A global pool at the end of a segment, AVERAGE_POOL_2D or MEAN of integers: rectangles of its input
 * are added to sums in the arena as they come, the last call stores the output.
 */
export function globalPool(layer: Layer): LayerKernel | null {
  const sums = layer.call?.sums ?? null;
  if (sums === null) return null;
  const { operator, inputs: [input] } = layer;
  const { shape: [, height, width, channels], dtype } = input!.tensor;
  const pixelBytes = channels * dtypeBits(dtype) / 8;
  const finish = operator.op === "MEAN"
    ? meanOf(layer, height * width)
    : averageOf(layer, height * width);

  const { b, area } = openKernel(layer);
  const { rows, columns, flags } = area!;
  const place = imagePlace(b, input!, { area, width, pixelBytes });
  const hasFlag = (flag: number) => apply("i32.and", [flags, flag]);
  b.if(hasFlag(callFlags.isFirst), () => {
    const to = { region: sums, address: start(sums) };
    fillRun(b, { to, bytes: 4 * channels, value: layer.constants.splat32(0) });
  });
  b.for("row", rows, (row) => {
    const line = add(place.lineOf(row, columns.from), mul(columns.from, pixelBytes));
    const x = b.let("x_line", line);
    forChannels(b, channels, (channel, count) => {
      const offset = mul(channel, pixelBytes / channels);
      const at = b.let("x", add(x, offset));
      const to = b.let("sum_at", add(start(sums), mul(channel, 4)));
      const places = Array.from({ length: Math.ceil(count / 4) }, (_, v) => (
        { region: sums, address: to, offsetBytes: 16 * v }
      ));
      const totals = places.map((each, v) => b.let("sum", loadSums(b, each, count - 4 * v)));
      b.for("column", columns, () => {
        const elements = { region: input!.region, address: at, isStretched: false, offsetBytes: 0 };
        widen(loadInt16(b, input!.tensor, { at: elements, count }), count).forEach((term, v) => {
          b.set(totals[v], apply("i32x4.add", [totals[v], term]));
        });
        b.advance(at, pixelBytes);
      });
      places.forEach((each, v) => storeBytes(b, each, totals[v], 4 * (count - 4 * v)));
    });
  });
  b.if(hasFlag(callFlags.isLast), () => {
    forChannels(b, channels, (channel, count) => finish.emit(b, channel, count));
  });
  return {
    kernel: `global ${operator.op === "MEAN" ? "mean" : "average"} ${dtype}`,
    remarks: [`vectorize by ${LANES}`, "sums in the arena"],
    code: [b.finish(layer.name), ...finish.code],
    isParallel: false,
  };
}

/** What becomes of the sums of up to `LANES` channels. */
interface Finish {
  readonly code: LayerKernel["code"];
  readonly emit: (b: KernelBuilder, channel: Value, count: number) => void;
}

/** See `mean` of the reference. */
function meanOf(
  { inputs: [input], outputs: [output], constants, call }: Layer,
  terms: number,
): Finish {
  const [from, to] = [input!.tensor, output.tensor];
  const rescale = prepareConstantRescale(constants, {
    factor: meanFactor({ input: from, output: to }, terms),
    bound: terms * largestCentred(from),
  });
  const first = constants.splat32(-zeroPointOf(from) * terms | 0);
  return {
    code: rescale.code,
    emit: (b, channel, count) => {
      const sums = call!.sums!;
      const address = b.let("sum_at", add(start(sums), mul(channel, 4)));
      const values = Array.from({ length: Math.ceil(count / 4) }, (_, v) => {
        const sum = loadSums(b, { region: sums, address, offsetBytes: 16 * v }, count - 4 * v);
        return rescale.apply(b, b.let("total", apply("i32x4.add", [sum, first])));
      });
      const y = b.let("y", add(start(output.region), mul(channel, dtypeBits(to.dtype) / 8)));
      storeQuantized(b, constants, {
        values,
        at: { region: output.region, address: y },
        count,
        tensor: to,
        zeroPoint: zeroPointOf(to),
        range: integerRange(to.dtype),
      });
    },
  };
}

/** See `averagePool2d` of the reference: halves away from zero. */
function averageOf({ operator, outputs: [output], call }: Layer, terms: number): Finish {
  const { activation } = operator.attributes as { readonly activation: Activation };
  const range = outputRange(activation, output.tensor);
  const { dtype } = output.tensor;
  const half = Math.floor(terms / 2);
  return {
    code: [],
    emit: (b, channel, count) => {
      const sums = call!.sums!;
      b.for("channel", { from: channel, until: add(channel, count) }, (c) => {
        const address = add(start(sums), mul(c, 4));
        const sum = b.let("sum", b.load("i32.load", { region: sums, address }));
        const rounded = choose(apply("i32.gt_s", [sum, 0]), add(sum, half), sub(sum, half));
        const mean = b.let("mean", apply("i32.div_s", [rounded, terms]));
        b.set(mean, max(mean, range.min));
        b.set(mean, min(mean, range.max));
        const y = add(start(output.region), mul(c, dtypeBits(dtype) / 8));
        b.store(STORES[dtype as keyof typeof STORES], { region: output.region, address: y }, mean);
      });
    },
  };
}

/** `LANES` channels at a time, and what is left of them. */
function forChannels(
  b: KernelBuilder,
  channels: number,
  body: (first: Value, count: number) => void,
): void {
  const whole = Math.floor(channels / LANES);
  forRange(b, { name: "group", range: indices(0, whole), isReverse: false }, (group) => {
    body(b.let("channel", mul(group, LANES)), LANES);
  });
  if (channels % LANES > 0) body(constant(whole * LANES), channels % LANES);
}

function loadSums(b: KernelBuilder, at: At, count: number): Value {
  return loadBytes(b, at, 4 * Math.min(4, count));
}
