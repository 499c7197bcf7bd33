import fc from "fast-check";
import {
  matmul,
  type Nest,
  pack,
  reorder,
  type TensorData,
  tile,
  toJavaScript,
  unroll,
  vectorize,
} from "tinyloom";
import { packTensor } from "../../lib/codegen/pack_tensor.ts";
import { assertEquals } from "../assert.ts";
import { convTile, dotTile } from "./conv_tile.ts";
import { randomInputs } from "./random_data.ts";

const size = fc.integer({ min: 1, max: 13 });

Deno.test("weights packed ahead of time are the copy that the nest would make", () => {
  fc.assert(
    fc.property(size, size, fc.constantFrom(2, 4, 8), fc.nat(), (row, outs, round, seed) => {
      const plain = convTile({ rows: 2, row, pixels: 1, outs, stride: 1 });
      const nest = dotTile(plain, { group: 2, round, weights: seed % 2 === 0 ? "i8" : "i16" });
      const { X, W } = randomInputs(plain, seed);
      assertEquals([...packTensor(nest, "W", W)], copyOf(nest, [X, W], new Int32Array(outs)));
    }),
    { seed: 51, numRuns: 100 },
  );
});

Deno.test("tiles that do not divide their tile are filled up with zeros", () => {
  fc.assert(
    fc.property(size, size, fc.integer({ min: 3, max: 7 }), fc.nat(), (k, n, outer, seed) => {
      const tiled = tile(tile(matmul({ m: 1, k, n }), { k: outer, j: outer }), { k: 2 });
      const inner = unroll(reorder(tiled, ["tk2", "i", "k", "j"]), "k", "full");
      const nest = pack(vectorize(inner, "j"), "B");
      const { A, B } = randomInputs(nest, seed);
      assertEquals([...packTensor(nest, "B", B)], copyOf(nest, [A, B], new Float32Array(n)));
    }),
    { seed: 52, numRuns: 100 },
  );
});

// The copy as the nest written in JavaScript leaves it.
function copyOf(nest: Nest, inputs: readonly TensorData[], output: TensorData): number[] {
  const [name] = nest.packs.map(({ tensor }) => `${tensor}p`);
  const text = toJavaScript(nest).replace(/}\n$/, `  return ${name};\n}`);
  return [...new Function(`return ${text}`)()(...inputs, output) as Iterable<number>];
}
