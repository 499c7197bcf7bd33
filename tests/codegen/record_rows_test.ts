import fc from "fast-check";
import { applySteps, type Nest } from "tinyloom";
import { recordBlock } from "../../lib/codegen/record_block.ts";
import { KernelBuilder } from "../../lib/kernel/kernel_builder.ts";
import { add, constant, vectorOfF32 } from "../../lib/kernel/values.ts";
import { plainNest } from "../../lib/nest/define_nest.ts";
import { productBlock } from "../../lib/tinynas/supernet/kernels/multiply_kernel.ts";
import { assertEquals, assertThrows } from "../assert.ts";
import { at, BlockMemory } from "./block_module.ts";
import { convTile, floatTile } from "./conv_tile.ts";

Deno.test("rows of a tensor lie where the caller says, and loops are as long", () => {
  const sizes = fc.record({
    rows: fc.integer({ min: 1, max: 5 }),
    columns: fc.constantFrom(4, 8),
    steps: fc.integer({ min: 0, max: 13 }),
    isCompact: fc.boolean(),
    isShuffled: fc.boolean(),
  });
  fc.assert(
    fc.property(sizes, fc.nat(), ({ rows, columns, steps, isCompact, isShuffled }, seed) => {
      const nest = productBlock("rows", { rows, columns });
      const [A, B] = [random(rows * 20, seed), random(13 * columns, seed + 1)];
      const C = new Float32Array(rows * columns);
      const memory = new BlockMemory();
      const regions = {
        A: memory.place("A", A),
        B: memory.place("B", B),
        C: memory.place("C", C),
      };
      const placeOf = (row: number) => isShuffled ? (row * 3 + 1) % rows : row;
      const isPermuted = new Set(Array.from(Array(rows).keys(), placeOf)).size === rows;
      const rowAt = (row: number) => isPermuted ? placeOf(row) : row;
      memory.run((b, [k]) => {
        const a = at(regions.A);
        recordBlock(b, nest, {
          buffers: {
            A: {
              region: a.region,
              rows: Array.from(
                { length: rows },
                (_, row) => b.let("a", add(a.pointer, rowAt(row) * 80)),
              ),
            },
            B: at(regions.B),
            C: at(regions.C),
          },
          extents: { k: { sizes: [13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0], value: k } },
          start: () => vectorOfF32(0),
          isCompact,
        });
      }, [steps]);
      const expected = Array.from({ length: rows * columns }, (_, i) => {
        let sum = 0;
        for (let k = 0; k < steps; k++) {
          const product = A[rowAt(Math.floor(i / columns)) * 20 + k] * B[k * columns + i % columns];
          sum = Math.fround(sum + Math.fround(product));
        }
        return sum;
      });
      assertEquals([...C], expected);
    }),
    { seed: 47, numRuns: 150 },
  );
});

Deno.test("rows that a loop goes over cannot be given", () => {
  const pointers = Array.from({ length: 4 }, () => constant(0));
  const { region } = at(new BlockMemory().place("A", new Float32Array(4)));
  const record = (nest: Nest, buffers: Parameters<typeof recordBlock>[2]["buffers"]) => () =>
    recordBlock(new KernelBuilder(), nest, { buffers });
  const nest = productBlock("rows", { rows: 4, columns: 4 });
  const rows = { region, rows: pointers };
  assertThrows(
    record(nest, { B: { region, rows: pointers } }),
    TypeError,
    "B has 16384 rows, found pointers to 4",
  );
  const steps = nest.steps.filter(({ op }) => op !== "unroll" && op !== "accumulate");
  const plain = plainNest(nest);
  assertThrows(
    record(applySteps(plain, steps), { A: rows }),
    TypeError,
    '"i" goes over rows of A, which are given; unroll it',
  );
  assertThrows(
    record(
      floatTile(convTile({ rows: 1, row: 4, pixels: 1, outs: 4, stride: 1 }, { dtype: "f32" })),
      {
        Wp: rows,
      },
    ),
    TypeError,
    "convTile has no tensor Wp whose rows could be given",
  );
});

function random(length: number, seed: number): Float32Array {
  return Float32Array.from({ length }, (_, i) => Math.sin(seed % 1000 + i * 1.7));
}
