import { add, apply, constant, mul } from "../../../kernel/values.ts";
import { elements } from "../../../model/shape.ts";
import type { EngineOperator } from "../../engine_operator.ts";
import { elementType } from "../../kernels/scalar/layer_numbers.ts";
import {
  byteOf,
  elementAt,
  fillZeros,
  forRows,
  moveRun,
  plainKernel,
  saturate16,
} from "../../kernels/scalar/plain_kernel.ts";
import { type Layer, type LayerKernel, operatorOf } from "../../layer.ts";
import { clamp } from "../../reference/clamp.ts";
import { expectSameType, integerRange } from "../../reference/expect.ts";
import { keptNumbers } from "../../reference/kept_numbers.ts";
import { noScope, type Operation, type ReferenceKernel } from "../../reference/prepare.ts";

/**
 * Sums of overlapping frames, int16 saturated after every addition. Kept are the sums that later
 * frames go on with.
 */
export const signalOverlapAdd: EngineOperator<"SignalOverlapAdd"> = {
  types: ["int16", "float32"],
  reference: prepareOverlapAdd,
  kernels: [overlapAddKernel],
};

function prepareOverlapAdd(operation: Operation<"SignalOverlapAdd">): ReferenceKernel {
  const { attributes: { type, frameStep }, inputs: [input], outputs: [output] } = operation;
  expectSameType([input, output, { ...input, dtype: type }], ["int16", "float32"]);
  const range = type === "float32" ? { min: -Infinity, max: Infinity } : integerRange(type);
  const [frames, size] = input.shape.slice(-2);
  return ([x], [y], { kept } = noScope) => {
    const sums = keptNumbers(kept, type as "int16" | "float32");
    for (let frame = 0; frame * size < x.length; frame++) {
      const first = Math.floor(frame / frames) * size;
      const line = sums.subarray(first, first + size);
      for (let i = 0; i < size; i++) {
        const sum = x[frame * size + i] + line[i];
        line[i] = Number.isNaN(sum) ? sum : clamp(sum, range);
      }
      y.set(line.subarray(0, frameStep), frame * frameStep);
      line.copyWithin(0, frameStep);
      line.fill(0, size - frameStep);
    }
  };
}

function overlapAddKernel(layer: Layer): LayerKernel | null {
  const operator = operatorOf(layer, "SignalOverlapAdd");
  if (operator === null) return null;
  const { type: dtype, frameStep } = operator.attributes;
  const { inputs: [input], outputs: [output] } = layer;
  const kept = layer.kept!;
  const { shape } = input!.tensor;
  const [frames, size] = shape.slice(-2);
  const { load, store, bytes } = elementType(dtype);
  const [lineBytes, stepBytes] = [size, frameStep].map((n) => n * bytes);
  return plainKernel(layer, `overlap add ${dtype}`, (b) => {
    forRows(b, elements(shape.slice(0, -2)), (row, index) => {
      const line = row(kept, lineBytes);
      b.for("frame", { until: frames }, (frame) => {
        const at = b.let("at", add(mul(index, frames), frame));
        b.for("i", { until: size }, (i) => {
          const x = b.load(load, elementAt(input!.region, add(mul(at, size), i), bytes));
          const place = elementAt(kept, b.let("place", add(mul(index, size), i)), bytes);
          const old = b.load(load, place);
          const sum = dtype === "float32"
            ? apply("f32.add", [x, old])
            : saturate16(b, apply("i32.add", [x, old]));
          b.store(store, place, sum);
        });
        const y = byteOf(output.region, 0, mul(at, constant(stepBytes)));
        moveRun(b, { from: line(0), to: y, bytes: stepBytes });
        moveRun(b, { from: line(stepBytes), to: line(0), bytes: lineBytes - stepBytes });
        fillZeros(b, line(lineBytes - stepBytes), stepBytes);
      });
    });
  });
}
