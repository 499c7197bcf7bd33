// Kernels for processors with Helium, run as WebAssembly: bit for bit the reference's results in any
// plan, with every access checked.
import { assert } from "../assert.ts";
import { assertSegmentsExact, kindsOf } from "./arm_kernels.ts";
import { convLayers, depthwiseLayers } from "./random_layer.ts";
import { fullyConnected, weightTypes } from "./random_windows.ts";

const options = { helium: true };

Deno.test("a CONV_2D of int8 for Helium is the reference's, bit for bit, in any plan", () => {
  const kinds = kindsOf(convLayers, { options, numRuns: 300 });
  for (const tile of ["1x4", "4x4"]) {
    for (const style of ["positive", "signed", "any"]) {
      const kind = `conv int8 ${tile} helium ${style}`;
      assert(kinds.includes(kind), `${kind} among ${kinds}`);
    }
  }
});

Deno.test("a DEPTHWISE_CONV_2D of int8 for Helium is the reference's in any plan", () => {
  const kinds = kindsOf(depthwiseLayers, { options, numRuns: 400 });
  for (const style of ["positive", "signed", "any"]) {
    const isHere = kinds.some((kind) =>
      kind.startsWith("depthwise") && kind.endsWith(`helium ${style}`)
    );
    assert(isHere, `${style} among ${kinds}`);
  }
});

Deno.test("sums of the least elements times the least weights are the reference's", () => {
  const least = depthwiseLayers.map((layer) => {
    const [{ inputs: [, weights] }] = layer.model.operators;
    layer.model.tensors[weights].data!.fill(0x80);
    (layer.inputs[0] as Int8Array).fill(-128);
    return layer;
  });
  const kinds = kindsOf(least, { options, numRuns: 60 });
  assert(kinds.some((kind) => /^depthwise.*helium/.test(kind)), `${kinds}`);
});

Deno.test("a FULLY_CONNECTED of int8 for Helium is the reference's in any plan", () => {
  const kinds = kindsOf(fullyConnected(weightTypes.int8), { options, numRuns: 200 });
  assert(kinds.includes("conv int8 1x4 helium signed"), `${kinds}`);
});

Deno.test("random segments for Helium compute the reference's results", () => {
  assertSegmentsExact(options, { first: 9100, count: 60 });
});
