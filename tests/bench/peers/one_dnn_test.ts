// oneDNN computes the products that it is compared by, where it is installed.
import { matmul, randomInputs, type TensorData } from "tinyloom";
import { reference } from "../../../lib/measure/timed_nest.ts";
import { assert, assertEquals, assertMatch } from "../../assert.ts";
import { oneDnn } from "./one_dnn.ts";

const installed = oneDnn(1);
installed?.[Symbol.dispose]();

for (const dtype of ["f32", "i8"] as const) {
  Deno.test({
    name:
      `oneDNN's product of ${dtype} is the plain nest's, and a wrong one is not (needs libdnnl2)`,
    ignore: installed === null,
    fn: async () => {
      using dnn = oneDnn(1)!;
      const sizes = { m: 5, k: 19, n: 33 };
      const nest = matmul({ ...sizes, dtype });
      const drawn = randomInputs(nest, { seed: 3 });
      // Without VNNI, oneDNN adds pairs of products of int8 in 16 bits.
      const inputs = dtype === "f32" ? drawn : { A: small(drawn.A), B: small(drawn.B) };
      const expected = reference(nest, inputs);
      const timed = dnn.product(nest, { ...sizes, inputs, reference: expected });
      const { verified, tolerance } = await timed.verify();
      assert(verified);
      assertEquals(tolerance === 0, dtype === "i8");
      assertEquals([timed.macs, timed.threads, timed.dtype], [5 * 19 * 33, 1, dtype]);
      assertMatch(
        JSON.stringify(timed.schedule),
        /"library":"oneDNN","version":"\d+\.\d+\.\d+","isa"/,
      );
      const output = expected.output.slice();
      output[7] += 1;
      const wrong = dnn.product(nest, {
        ...sizes,
        inputs,
        reference: { ...expected, output },
      });
      assertEquals((await wrong.verify()).verified, false);
    },
  });
}

function small(values: TensorData): Int8Array<ArrayBuffer> {
  return Int8Array.from(values, (value) => value & 63);
}
