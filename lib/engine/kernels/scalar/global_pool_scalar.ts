import type { Value } from "../../../kernel/kernel.ts";
import { type KernelBuilder, start } from "../../../kernel/kernel_builder.ts";
import { add, apply, choose, constant, mul, sub } from "../../../kernel/values.ts";
import { dtypeBits } from "../../../model/dtype.ts";
import type { Layer, LayerKernel } from "../../layer.ts";
import { outputRange } from "../../reference/clamp.ts";
import { integerRange, zeroPointOf } from "../../reference/expect.ts";
import { meanFactor } from "../../reference/factors.ts";
import { fillWords } from "../movement/copy_bytes.ts";
import { multiplied, multiplyCode } from "../requantize/fixed_point_lanes.ts";
import { LOADS, STORES } from "../vectors/quantized_vectors.ts";
import { imagePlace } from "../walk/image_place.ts";
import { callFlags, openKernel } from "../walk/open_kernel.ts";
import { storeElement } from "./elements_scalar.ts";
import { clampInteger } from "./sum_arithmetic.ts";

/** `globalPool` without vectors: rectangles of the input are added to sums in the arena as they come. */
export function globalPoolScalar(layer: Layer): LayerKernel | null {
  const sums = layer.call?.sums ?? null;
  if (sums === null) return null;
  const { operator, inputs: [input], outputs: [output] } = layer;
  const { shape: [, height, width, channels], dtype } = input!.tensor;
  const elementBytes = dtypeBits(dtype) / 8;
  const pixelBytes = channels * elementBytes;
  const isMean = operator.op === "MEAN";
  const finish = isMean ? meanOf(layer, height * width) : averageOf(layer, height * width);

  const { b, area } = openKernel(layer);
  const { rows, columns, flags } = area!;
  const place = imagePlace(b, input!, { area, width, pixelBytes });
  const hasFlag = (flag: number) => apply("i32.and", [flags, flag]);
  const sumAt = (channel: Value) => ({
    region: sums,
    address: b.let("sum_at", add(start(sums), mul(channel, 4))),
  });
  b.if(hasFlag(callFlags.isFirst), () => {
    fillWords(b, { to: { region: sums, address: start(sums) }, bytes: 4 * channels, byte: 0 });
  });
  b.for("row", rows, (row) => {
    const line = add(place.lineOf(row, columns.from), mul(columns.from, pixelBytes));
    const x = b.let("x", line);
    b.for("column", columns, () => {
      b.for("channel", { until: channels }, (channel) => {
        const at = sumAt(channel);
        const address = add(x, mul(channel, elementBytes));
        const element = b.load(LOADS[dtype as keyof typeof LOADS], {
          region: input!.region,
          address,
        });
        b.store("i32.store", at, add(b.load("i32.load", at), element));
      });
      b.advance(x, pixelBytes);
    });
  });
  b.if(hasFlag(callFlags.isLast), () => {
    b.for("channel", { until: channels }, (channel) => {
      const sum = b.let("sum", b.load("i32.load", sumAt(channel)));
      const y = b.let("y", add(start(output.region), mul(channel, elementBytes)));
      finish(b, sum, { region: output.region, address: y });
    });
  });
  return {
    kernel: `global ${isMean ? "mean" : "average"} ${dtype} scalar`,
    remarks: ["sums in the arena"],
    code: [b.finish(layer.name), ...isMean ? [multiplyCode] : []],
    isParallel: false,
  };
}

type Finish = (
  b: KernelBuilder,
  sum: Value,
  at: Pick<Parameters<typeof storeElement>[1]["at"], "region" | "address">,
) => void;

/** See `mean` of the reference. */
function meanOf({ inputs: [input], outputs: [{ tensor }] }: Layer, terms: number): Finish {
  const from = input!.tensor;
  const { multiplier, shift } = meanFactor({ input: from, output: tensor }, terms);
  return (b, sum, at) => {
    const total = sub(sum, zeroPointOf(from) * terms);
    const value = multiplied(total, multiplier, shift);
    storeElement(b, { value, at, tensor, range: integerRange(tensor.dtype) });
  };
}

/** See `averagePool2d` of the reference: halves away from zero. */
function averageOf({ operator, outputs: [{ tensor }] }: Layer, terms: number): Finish {
  if (operator.op !== "AVERAGE_POOL_2D") throw new TypeError(`${operator.op} is no global pool`);
  const range = outputRange(operator.attributes.activation, tensor);
  const half = Math.floor(terms / 2);
  const [least, most] = [constant(range.min), constant(range.max)];
  return (b, sum, at) => {
    const rounded = choose(apply("i32.gt_s", [sum, 0]), add(sum, half), sub(sum, half));
    const mean = clampInteger(b, apply("i32.div_s", [rounded, terms]), { least, most });
    b.store(STORES[tensor.dtype as keyof typeof STORES], at, mean);
  };
}
