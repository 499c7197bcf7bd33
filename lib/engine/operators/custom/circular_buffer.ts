import { add, apply, mul } from "../../../kernel/values.ts";
import type { CircularBufferAttributes } from "../../../model/operators/custom/circular_buffer.ts";
import { sizeBytes } from "../../../model/shape.ts";
import type { EngineOperator } from "../../engine_operator.ts";
import { byteOf, moveRun, plainKernel } from "../../kernels/scalar/plain_kernel.ts";
import { type Layer, type LayerKernel, operatorOf } from "../../layer.ts";
import { expectSameType } from "../../reference/expect.ts";
import { keptNumbers } from "../../reference/kept_numbers.ts";
import { noScope, type Operation, type ReferenceKernel } from "../../reference/prepare.ts";

/**
 * The newest slots, oldest first; slots that nothing has come into are 0. Runs between strides end
 * here. Kept are whether the last one did, the runs since one went on, and the slots.
 */
export const circularBuffer: EngineOperator<"CIRCULAR_BUFFER"> = {
  types: ["int8"],
  reference: prepareBuffer,
  kernels: [bufferKernel],
};

const COUNT_BYTE = 4;
const SLOTS_BYTE = 8;

function prepareBuffer(operation: Operation<"CIRCULAR_BUFFER">): ReferenceKernel {
  const { attributes, inputs: [input], outputs: [output] } = operation;
  expectSameType([input, output], ["int8"]);
  const cycles = cyclesOf(attributes, output.shape[1]);
  return ([x], [y], { kept } = noScope) => {
    const slots = keptNumbers(kept, "int8").subarray(SLOTS_BYTE);
    const count = keptNumbers(kept, "int32").subarray(COUNT_BYTE / 4);
    slots.copyWithin(0, x.length);
    slots.set(x, slots.length - x.length);
    y.set(slots);
    count[0] = (count[0] + 1) % cycles;
    kept[0] = Number(count[0] !== 0);
    return count[0] === 0 ? undefined : "end";
  };
}

/** Every how many runs one goes on. Models without a number are of two kinds, told by their slots. */
function cyclesOf({ cyclesMax }: CircularBufferAttributes, slots: number): number {
  if (cyclesMax > 0) return cyclesMax;
  return [5, 13, 25].includes(slots) ? 1 : 2;
}

function bufferKernel(layer: Layer): LayerKernel | null {
  const operator = operatorOf(layer, "CIRCULAR_BUFFER");
  if (operator === null) return null;
  const { inputs: [input], outputs: [output] } = layer;
  const kept = layer.kept!;
  const cycles = cyclesOf(operator.attributes, output.tensor.shape[1]);
  const slotBytes = sizeBytes(input!.tensor);
  const bytes = sizeBytes(output.tensor);
  const kernel = plainKernel(layer, "circular buffer", (b) => {
    const slot = (byte: number) => byteOf(kept, SLOTS_BYTE + byte);
    moveRun(b, { from: slot(slotBytes), to: slot(0), bytes: bytes - slotBytes });
    moveRun(b, { from: byteOf(input!.region), to: slot(bytes - slotBytes), bytes: slotBytes });
    moveRun(b, { from: slot(0), to: byteOf(output.region), bytes });
    const count = b.let("count", add(b.load("i32.load", byteOf(kept, COUNT_BYTE)), 1));
    const isEnd = b.let("is_end", apply("i32.lt_s", [count, cycles]));
    b.store("i32.store", byteOf(kept, COUNT_BYTE), mul(count, isEnd));
    b.store("i32.store8", byteOf(kept), isEnd);
  });
  return { ...kernel, end: { ...kept, sizeBytes: 1 } };
}
