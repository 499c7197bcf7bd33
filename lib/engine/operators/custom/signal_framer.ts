import { add, apply, constant, mul } from "../../../kernel/values.ts";
import { framerHistory } from "../../../model/operators/custom/signal_framer.ts";
import { elements } from "../../../model/shape.ts";
import type { EngineOperator } from "../../engine_operator.ts";
import {
  byteOf,
  fillZeros,
  forRows,
  moveRun,
  plainKernel,
} from "../../kernels/scalar/plain_kernel.ts";
import { type Layer, type LayerKernel, operatorOf } from "../../layer.ts";
import { expectSameType, expectType } from "../../reference/expect.ts";
import { keptNumbers } from "../../reference/kept_numbers.ts";
import { noScope, type Operation, type ReferenceKernel } from "../../reference/prepare.ts";

/**
 * Overlapping frames of rows of samples. Kept are the steps so far, and of each row the samples that
 * come before the next ones. Without prefilling there is no frame before enough has come in: the
 * output is then 0 there (TensorFlow Lite Micro leaves it as it is), and not valid.
 */
export const signalFramer: EngineOperator<"SignalFramer"> = {
  types: ["int16"],
  reference: prepareFramer,
  kernels: [framerKernel],
};

function prepareFramer(operation: Operation<"SignalFramer">): ReferenceKernel {
  const { attributes, inputs: [input], outputs: [output, valid] } = operation;
  expectSameType([input, output], ["int16"]);
  expectType("valid", valid, ["bool"]);
  const { frameSize, frameStep, prefill } = attributes;
  const size = input.shape.at(-1)!;
  const frames = size / frameStep;
  const history = framerHistory(attributes);
  const missing = prefill ? 0 : history / frameStep;
  return ([x], [y, ok], { kept } = noScope) => {
    const [steps] = [keptNumbers(kept, "int32")];
    const before = steps[0];
    ok[0] = Number(before >= missing);
    for (let row = 0; row * size < x.length; row++) {
      const line = keptNumbers(kept, "int16").subarray(2).subarray(row * history);
      const all = [...line.subarray(0, history), ...x.subarray(row * size, (row + 1) * size)];
      for (let frame = 0; frame < frames; frame++) {
        const samples = all.slice(frame * frameStep, frame * frameStep + frameSize);
        const to = (row * frames + frame) * frameSize;
        if (before + frame >= missing) y.set(samples, to);
        else y.fill(0, to, to + frameSize);
      }
      line.set(all.slice(size));
    }
    steps[0] = Math.min(before + frames, missing);
  };
}

function framerKernel(layer: Layer): LayerKernel | null {
  const operator = operatorOf(layer, "SignalFramer");
  if (operator === null) return null;
  const { frameSize, frameStep, prefill } = operator.attributes;
  const { inputs: [input], outputs: [output, valid] } = layer;
  const kept = layer.kept!;
  const { shape } = input!.tensor;
  const history = framerHistory(operator.attributes);
  const missing = prefill ? 0 : history / frameStep;
  const frames = shape.at(-1)! / frameStep;
  const [historyBytes, stepBytes, frameBytes] = [history, frameStep, frameSize].map((n) => 2 * n);
  const oldBytes = Math.min(historyBytes, frameBytes);
  return plainKernel(layer, "framer", (b) => {
    const steps = b.let("steps", b.load("i32.load", byteOf(kept)));
    b.store("i32.store8", byteOf(valid.region), apply("i32.ge_s", [steps, missing]));
    forRows(b, elements(shape.slice(0, -1)), (row, index) => {
      const line = row(kept, historyBytes, 4);
      b.for("frame", { until: frames }, (frame) => {
        const at = b.let("at", add(mul(index, frames), frame));
        const x = (byte: number) => byteOf(input!.region, byte, mul(at, stepBytes));
        const y = (byte: number) => byteOf(output.region, byte, mul(at, frameBytes));
        b.if(apply("i32.ge_s", [add(steps, frame), missing]), () => {
          moveRun(b, { from: line(0), to: y(0), bytes: oldBytes });
          moveRun(b, { from: x(0), to: y(oldBytes), bytes: frameBytes - oldBytes });
        }, () => fillZeros(b, y(0), frameBytes));
        const keptBytes = Math.max(0, historyBytes - stepBytes);
        moveRun(b, { from: line(historyBytes - keptBytes), to: line(0), bytes: keptBytes });
        const newBytes = historyBytes - keptBytes;
        moveRun(b, { from: x(stepBytes - newBytes), to: line(keptBytes), bytes: newBytes });
      });
    });
    const after = b.let("after", add(steps, frames));
    b.if(apply("i32.gt_s", [after, missing]), () => b.set(after, constant(missing)));
    b.store("i32.store", byteOf(kept), after);
  });
}
