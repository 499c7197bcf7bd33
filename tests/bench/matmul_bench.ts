// The ladder of one matrix product, every variant verified before it is timed.
import { matmul, randomInputs } from "tinyloom";
import { reference, timedNest } from "../../lib/measure/timed_nest.ts";
import { benchCases } from "./cases.ts";

for (const { size, variants } of benchCases) {
  const plain = matmul({ m: size, k: size, n: size });
  const inputs = randomInputs(plain, { seed: 1 });
  const expected = reference(plain, inputs);
  for (const [name, nest] of Object.entries(variants)) {
    const timed = timedNest(name, nest, { inputs, reference: expected, fma: true });
    const { verified } = await timed.verify();
    if (!verified) throw new Error(`"${name}" at ${size} computes something else`);
    // V8 swaps optimised code in between calls, never within one.
    for (let call = 0; call < 100; call++) await timed.warm();
    Deno.bench(name, { group: `${size}^3`, baseline: name === "naive" }, () => {
      timed.run();
    });
  }
}
