import { add, apply, constant } from "../../../kernel/values.ts";
import type { EngineOperator } from "../../engine_operator.ts";
import { byteOf, fillZeros, moveRun, plainKernel } from "../../kernels/scalar/plain_kernel.ts";
import { type Layer, type LayerKernel, operatorOf } from "../../layer.ts";
import { expectSameType, expectType } from "../../reference/expect.ts";
import { keptNumbers } from "../../reference/kept_numbers.ts";
import { noScope, type Operation, type ReferenceKernel } from "../../reference/prepare.ts";

/**
 * Stacks of a frame and those around it. Kept are whether there was a frame, the frames since the
 * stack before the last one, and the frames before the next one; before the first stands the first
 * itself. Where there is no stack the output is 0 (TensorFlow Lite Micro leaves it as it is).
 */
export const signalStacker: EngineOperator<"SignalStacker"> = {
  types: ["int16"],
  reference: prepareStacker,
  kernels: [stackerKernel],
};

function prepareStacker(operation: Operation<"SignalStacker">): ReferenceKernel {
  const { attributes, inputs: [input], outputs: [output, valid] } = operation;
  expectSameType([input, output], ["int16"]);
  expectType("valid", valid, ["bool"]);
  const { numChannels, rightContext, step } = attributes;
  return ([x], [y, ok], { kept } = noScope) => {
    const words = keptNumbers(kept, "int32");
    const lines = keptNumbers(kept, "int16").subarray(4);
    const frame = x.subarray(0, numChannels);
    if (words[0] === 0) {
      for (let i = 0; i < lines.length; i++) lines[i] = frame[i % numChannels];
    }
    words[0] = 1;
    const all = [...lines, ...frame];
    const isFull = words[1] >= rightContext;
    ok[0] = Number(isFull);
    if (isFull) y.set(all);
    else y.fill(0);
    words[1] += isFull ? 1 - step : 1;
    lines.set(all.slice(numChannels, numChannels + lines.length));
  };
}

function stackerKernel(layer: Layer): LayerKernel | null {
  const operator = operatorOf(layer, "SignalStacker");
  if (operator === null) return null;
  const { numChannels, leftContext, rightContext, step } = operator.attributes;
  const { inputs: [input], outputs: [output, valid] } = layer;
  const kept = layer.kept!;
  const frameBytes = 2 * numChannels;
  const frames = leftContext + rightContext;
  const keptBytes = frames * frameBytes;
  return plainKernel(layer, "stacker", (b) => {
    const line = (byte: number) => byteOf(kept, 8 + byte);
    const x = byteOf(input!.region);
    b.if(apply("i32.eqz", [b.load("i32.load", byteOf(kept))]), () => {
      for (let i = 0; i < frames; i++) {
        moveRun(b, { from: x, to: line(i * frameBytes), bytes: frameBytes });
      }
    });
    b.store("i32.store", byteOf(kept), constant(1));
    const count = b.let("count", b.load("i32.load", byteOf(kept, 4)));
    const isFull = b.let("is_full", apply("i32.ge_s", [count, rightContext]));
    b.store("i32.store8", byteOf(valid.region), isFull);
    b.if(isFull, () => {
      moveRun(b, { from: line(0), to: byteOf(output.region), bytes: keptBytes });
      moveRun(b, { from: x, to: byteOf(output.region, keptBytes), bytes: frameBytes });
      b.set(count, add(count, 1 - step));
    }, () => {
      fillZeros(b, byteOf(output.region), keptBytes + frameBytes);
      b.set(count, add(count, 1));
    });
    b.store("i32.store", byteOf(kept, 4), count);
    if (frames === 0) return;
    moveRun(b, { from: line(frameBytes), to: line(0), bytes: keptBytes - frameBytes });
    moveRun(b, { from: x, to: line(keptBytes - frameBytes), bytes: frameBytes });
  });
}
