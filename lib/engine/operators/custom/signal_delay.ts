import { elements } from "../../../model/shape.ts";
import type { EngineOperator } from "../../engine_operator.ts";
import { forRows, moveRun, plainKernel } from "../../kernels/scalar/plain_kernel.ts";
import { type Layer, type LayerKernel, operatorOf } from "../../layer.ts";
import { expectSameType } from "../../reference/expect.ts";
import { keptNumbers } from "../../reference/kept_numbers.ts";
import { noScope, type Operation, type ReferenceKernel } from "../../reference/prepare.ts";

/** A delay line for every row: what was kept comes out before what comes in. */
export const signalDelay: EngineOperator<"SignalDelay"> = {
  types: ["int16"],
  reference: prepareDelay,
  kernels: [delayKernel],
};

function prepareDelay(operation: Operation<"SignalDelay">): ReferenceKernel {
  const { attributes: { delayLength }, inputs: [input], outputs: [output] } = operation;
  expectSameType([input, output], ["int16"]);
  const size = input.shape.at(-1)!;
  return ([x], [y], { kept } = noScope) => {
    const lines = keptNumbers(kept, "int16");
    for (let row = 0; row * size < x.length; row++) {
      const line = lines.subarray(row * delayLength, (row + 1) * delayLength);
      const all = [...line, ...x.subarray(row * size, (row + 1) * size)];
      y.set(all.slice(0, size), row * size);
      line.set(all.slice(size));
    }
  };
}

function delayKernel(layer: Layer): LayerKernel | null {
  const operator = operatorOf(layer, "SignalDelay");
  if (operator === null) return null;
  const { kept, inputs: [input], outputs: [output] } = layer;
  const { shape } = input!.tensor;
  const [rowBytes, lineBytes] = [shape.at(-1)!, operator.attributes.delayLength].map((n) => 2 * n);
  const oldBytes = Math.min(rowBytes, lineBytes);
  return plainKernel(layer, "delay", (b) => {
    forRows(b, elements(shape.slice(0, -1)), (row) => {
      const x = row(input!.region, rowBytes);
      const y = row(output.region, rowBytes);
      const line = row(kept ?? output.region, lineBytes);
      moveRun(b, { from: line(0), to: y(0), bytes: oldBytes });
      moveRun(b, { from: x(0), to: y(oldBytes), bytes: rowBytes - oldBytes });
      moveRun(b, { from: line(oldBytes), to: line(0), bytes: lineBytes - oldBytes });
      moveRun(b, {
        from: x(rowBytes - oldBytes),
        to: line(lineBytes - oldBytes),
        bytes: oldBytes,
      });
    });
  });
}
