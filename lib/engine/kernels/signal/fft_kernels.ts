import type { Value } from "../../../kernel/kernel.ts";
import { add, apply, constant, either, mul } from "../../../kernel/values.ts";
import { elements } from "../../../model/shape.ts";
import { type Layer, type LayerKernel, operatorOf } from "../../layer.ts";
import { fftOrder, joinSpectrum, splitSpectrum, transform } from "../../reference/fft.ts";
import { elementType } from "../scalar/layer_numbers.ts";
import { loadPair, storePair, valueMachine } from "./fft_values.ts";
import { elementAt, plainKernel } from "../scalar/plain_kernel.ts";

/** SignalRfft: the transform lies where its output will be. */
export function rfftKernel(layer: Layer): LayerKernel | null {
  const operator = operatorOf(layer, "SignalRfft");
  if (operator === null) return null;
  const { type: dtype, fftLength } = operator.attributes;
  const { name, constants, inputs: [input], outputs: [{ region }] } = layer;
  const length = fftLength / 2;
  const type = elementType(dtype);
  const order = constants.place(`${name}_order`, new Uint8Array(fftOrder(length).buffer));
  const given = input!.tensor.shape.at(-1)!;
  const options = { length, isInverse: false };
  return plainKernel(layer, `rfft ${dtype}`, (b) => {
    b.for("row", { until: elements(input!.tensor.shape) / given }, (row) => {
      const first = b.let("first", mul(row, fftLength + 2));
      const machine = valueMachine(b, dtype, { name, constants, region, first, ...options });
      const sample = (index: Value) => {
        const at = elementAt(input!.region, add(mul(row, given), index), type.bytes);
        const value = b.load(type.load, at);
        if (given === fftLength) return value;
        return either(apply("i32.lt_u", [index, given]), value, constant(0, type.value));
      };
      b.for("to", { until: length }, (to) => {
        const from = b.let("from", mul(b.load("i32.load", elementAt(order, to, 4)), 2));
        storePair(b, { region, type, first, at: to }, [
          b.let("x", sample(from)),
          b.let("x", sample(b.let("next", add(from, 1)))),
        ]);
      });
      transform(machine, options);
      splitSpectrum(machine, length);
    });
  });
}

/** SignalIrfft: bins go to where the transform wants its elements. */
export function irfftKernel(layer: Layer): LayerKernel | null {
  const operator = operatorOf(layer, "SignalIrfft");
  if (operator === null) return null;
  const { type: dtype, fftLength } = operator.attributes;
  const { name, constants, inputs: [input], outputs: [{ region, tensor }] } = layer;
  const length = fftLength / 2;
  const type = elementType(dtype);
  const places = new Int32Array(length);
  fftOrder(length).forEach((from, to) => places[from] = to);
  const table = constants.place(`${name}_places`, new Uint8Array(places.buffer));
  const options = { length, isInverse: true };
  return plainKernel(layer, `irfft ${dtype}`, (b) => {
    b.for("row", { until: elements(tensor.shape) / fftLength }, (row) => {
      const first = b.let("first", mul(row, fftLength));
      const from = b.let("from", mul(row, fftLength + 2));
      const machine = valueMachine(b, dtype, { name, constants, region, first, ...options });
      joinSpectrum(machine, {
        length,
        bin: (at) => loadPair(b, { region: input!.region, type, first: from, at }),
        put: (index, value) => {
          const at = b.let("to", b.load("i32.load", elementAt(table, index, 4)));
          storePair(b, { region, type, first, at }, value);
        },
      });
      transform(machine, options);
      if (dtype !== "float32") return;
      b.for("sample", { until: fftLength }, (sample) => {
        const at = elementAt(region, b.let("index", add(first, sample)), type.bytes);
        const mean = apply("f32.div", [b.load(type.load, at), constant(fftLength, "f32")]);
        b.store(type.store, at, mean);
      });
    });
  });
}
