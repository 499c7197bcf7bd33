// The zoo's random weights and scales: results spread over int8, whatever the depth.
import { xoroshiro128plus } from "pure-rand/generator/xoroshiro128plus";
import { assert } from "../assert.ts";
import { elements, type Model, zoo, type ZooOptions } from "tinyloom";
import { interpret } from "./zoo_interpreter.ts";

/** Noise over the whole range of int8. */
function noise(model: Model, seed: number): Int8Array {
  const random = xoroshiro128plus(seed);
  const { shape } = model.tensors[model.inputs[0]];
  return Int8Array.from({ length: elements(shape) }, () => random.next() & 255);
}

function share(values: Int8Array, matches: (value: number, index: number) => boolean): number {
  let count = 0;
  values.forEach((value, index) => count += matches(value, index) ? 1 : 0);
  return count / values.length;
}

const NETWORKS: readonly [string, ZooOptions][] = [
  ["mobilenet_v2", { width: 0.35, resolution: 64, classes: 10 }],
  ["mobilenet_v1", { width: 0.25, resolution: 64, classes: 10 }],
  ["proxyless-w0.3-r64", { classes: 10 }],
  ["mcunet-in0", {}],
  ["mcunet-in0", { seed: 2, explicitPadding: true }],
  ["mlperf-tiny-kws", {}],
  ["mlperf-tiny-ic", {}],
  ["mlperf-tiny-ad", {}],
];

for (const [name, options] of NETWORKS) {
  Deno.test(`results of ${name} ${Deno.inspect(options)} spread over int8`, () => {
    const model = zoo(name, options);
    const [first, second] = [1, 2].map((seed) => interpret(model, noise(model, seed)));
    for (const { op, outputs: [tensor] } of model.operators) {
      // A softmax of many classes is zero nearly everywhere, and a PAD adds nothing but zeros.
      if (op === "SOFTMAX" || op === "PAD") continue;
      const values = first.get(tensor)!;
      const where = `${op} ${model.tensors[tensor].name}`;
      assert(share(values, (value) => value === 127) < 0.05, `${where} saturates`);
      // Half of what goes into a ReLU is below zero, which is -128.
      assert(share(values, (value) => value === -128) < 0.85, `${where} is cut off`);
      const [low, high] = [Math.min(...values), Math.max(...values)];
      assert(high - low > 20, `${where} takes ${low} to ${high} only`);
    }
    const [logits, others] = [first, second].map((run) => run.get(model.outputs[0])!);
    assert(share(logits, (value, i) => value !== others[i]) > 0.1, "inputs are not told apart");
  });
}
