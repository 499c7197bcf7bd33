// Results halfway between integers: every family of kernels rounds them as the reference does.
import { assert } from "../assert.ts";
import { kindsOf } from "./arm_kernels.ts";
import { tiedLayers } from "./random_ties.ts";

Deno.test("results next to halves are rounded as the reference does, in vectors and in scalars", () => {
  kindsOf(tiedLayers, { options: {}, numRuns: 150 });
});

Deno.test("results next to halves are rounded as the reference does with a DSP extension", () => {
  const kinds = kindsOf(tiedLayers, { options: { dsp: true }, numRuns: 250 }).join(", ");
  for (const style of ["positive", "signed", "any"]) {
    assert(kinds.includes(`dsp ${style}`), `${style} among ${kinds}`);
  }
});

Deno.test("results next to halves are rounded as the reference does with Helium", () => {
  const kinds = kindsOf(tiedLayers, { options: { helium: true }, numRuns: 150 }).join(", ");
  for (const style of ["positive", "signed", "any"]) {
    assert(kinds.includes(`helium ${style}`), `${style} among ${kinds}`);
  }
});
