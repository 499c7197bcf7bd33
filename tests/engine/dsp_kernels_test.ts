// Kernels for processors with a DSP extension, run as WebAssembly: bit for bit the reference's results
// in any plan, with every access checked.
import { assert } from "../assert.ts";
import { assertSegmentsExact, kindsOf } from "./arm_kernels.ts";
import { convLayers, depthwiseLayers } from "./random_layer.ts";
import { additions, fullyConnected, weightTypes } from "./random_windows.ts";

const options = { dsp: true };

Deno.test("a CONV_2D of int8 for DSP extensions is the reference's, bit for bit, in any plan", () => {
  const kinds = kindsOf(convLayers, { options, numRuns: 500 });
  for (const kind of ["4x2 dsp positive", "1x2 dsp signed", "1x6 dsp signed", "4x2 dsp any"]) {
    assert(kinds.includes(`conv int8 ${kind}`), `${kind} among ${kinds}`);
  }
});

Deno.test("a DEPTHWISE_CONV_2D of int8 for DSP extensions is the reference's in any plan", () => {
  const kinds = kindsOf(depthwiseLayers, { options, numRuns: 500 });
  for (const kind of ["3x3 4x4 dsp positive", "3x3 4x4 dsp signed"]) {
    assert(kinds.includes(`depthwise int8 ${kind}`), `${kind} among ${kinds}`);
  }
});

Deno.test("FULLY_CONNECTED and ADD of int8 for DSP extensions are the reference's in any plan", () => {
  kindsOf(fullyConnected(weightTypes.int8), { options, numRuns: 200 });
  kindsOf(additions, { options, numRuns: 200 });
});

Deno.test("random segments for DSP extensions compute the reference's results", () => {
  assertSegmentsExact(options, { first: 9000, count: 60 });
});
