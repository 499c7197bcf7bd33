import fc from "fast-check";
import { interpret, type Nest, ScheduleError, type TensorData } from "tinyloom";
import { packTensor } from "../../lib/codegen/pack_tensor.ts";
import type { BlockSum } from "../../lib/codegen/record/recording.ts";
import { recordBlock } from "../../lib/codegen/record_block.ts";
import { KernelBuilder } from "../../lib/kernel/kernel_builder.ts";
import { printKernel } from "../../lib/kernel/print_kernel.ts";
import { add, apply, constant, mul } from "../../lib/kernel/values.ts";
import { assert, assertEquals, assertThrows } from "../assert.ts";
import { at, BlockMemory } from "./block_module.ts";
import { convTile, dotForms, floatTile, tileOf } from "./conv_tile.ts";
import { randomInputs } from "./random_data.ts";

const sizes = fc.record({
  rows: fc.integer({ min: 1, max: 3 }),
  row: fc.integer({ min: 1, max: 21 }),
  pixels: fc.integer({ min: 1, max: 4 }),
  outs: fc.integer({ min: 1, max: 2 }).map((vectors) => 4 * vectors),
  stride: fc.integer({ min: 1, max: 5 }),
});

Deno.test("a block reads its tensors where they lie, and no byte behind them", () => {
  fc.assert(
    fc.property(sizes, dotForms, fc.boolean(), fc.nat(), (size, form, quantized, seed) => {
      const { plain, nest } = tileOf(size, form, quantized);
      const inputs = randomInputs(plain, seed);
      const expected = interpret(plain, inputs).O;
      const O = emptyOutput(nest);
      const memory = new BlockMemory();
      const regions = {
        O: memory.place("O", O),
        Wp: memory.place("Wp", packTensor(nest, "W", inputs.W)),
        ...Object.fromEntries(
          ["bias", "M", "S"].filter((name) => inputs[name])
            .map((name) => [name, memory.place(name, inputs[name])]),
        ),
        X: memory.placeLast("X", inputs.X),
      };
      memory.run((b) => {
        const buffers = Object.entries(regions).map(([name, region]) => [name, at(region)]);
        recordBlock(b, nest, { buffers: Object.fromEntries(buffers) });
      });
      assertEquals([...O], [...expected], JSON.stringify(nest.steps));
    }),
    { seed: 41, numRuns: 250 },
  );
});

Deno.test("floats come from registers, and no byte behind them is read", () => {
  fc.assert(
    fc.property(sizes, fc.nat(), (size, seed) => {
      const plain = convTile(size, { dtype: "f32" });
      const nest = floatTile(plain);
      const inputs = randomInputs(plain, seed);
      const O = new Float32Array(size.pixels * size.outs);
      const memory = new BlockMemory();
      const [o, wp] = [memory.place("O", O), memory.place("Wp", packTensor(nest, "W", inputs.W))];
      const x = memory.placeLast("X", inputs.X);
      memory.run((b) => recordBlock(b, nest, { buffers: { X: at(x), Wp: at(wp), O: at(o) } }));
      assertEquals([...O], [...interpret(plain, inputs).O], plain.shape);
    }),
    { seed: 43, numRuns: 100 },
  );
});

Deno.test("registers start from what the caller says and end where it says", () => {
  const { plain, nest } = tileOf(
    { rows: 2, row: 7, pixels: 2, outs: 8, stride: 3 },
    { group: 2, round: 8, staged: true },
  );
  const inputs = randomInputs(plain, 5);
  const expected = interpret(plain, inputs).O;
  const O = new Int32Array(16);
  const memory = new BlockMemory();
  const [o, wp] = [memory.place("O", O), memory.place("Wp", packTensor(nest, "W", inputs.W))];
  const x = memory.placeLast("X", inputs.X);
  const seen: Omit<BlockSum, "value">[] = [];
  memory.run((b) => {
    recordBlock(b, nest, {
      buffers: { X: at(x), Wp: at(wp) },
      start: ({ coordinates: { p, o } }) => apply("i32x4.splat", [100 * p + o]),
      finish: (sums) => {
        for (const { value, ...register } of sums) {
          seen.push(register);
          const { p, o: channel } = register.coordinates;
          const place = { ...at(o), address: at(o).pointer, offsetBytes: 4 * (8 * p + channel) };
          b.store("v128.store", place, value);
        }
      },
    });
  });
  assertEquals(
    seen,
    [[0, 0], [0, 4], [1, 0], [1, 4]].map(([p, o]) => (
      { coordinates: { p, o }, lanes: 4, active: 4 }
    )),
  );
  assertEquals([...O], [...expected].map((sum, i) => sum + 100 * Math.floor(i / 8) + (i & 4)));
});

Deno.test("a pointer moves as the caller says, such as around the end of a line buffer", () => {
  const { plain, nest } = tileOf(
    { rows: 3, row: 9, pixels: 1, outs: 4, stride: 1 },
    { group: 2 },
  );
  const inputs = randomInputs(plain, 7);
  const O = new Int32Array(4);
  const memory = new BlockMemory();
  // Rows 1, 2, 0: the block starts in the last third and wraps around.
  const ring = Int8Array.from({ length: 27 }, (_, i) => inputs.X[(i + 9) % 27]);
  const regions = {
    O: memory.place("O", O),
    Wp: memory.place("Wp", packTensor(nest, "W", inputs.W)),
    X: memory.place("X", ring),
  };
  memory.run((b) => {
    const x = at(regions.X);
    const first = b.let("x", add(x.pointer, 18));
    recordBlock(b, nest, {
      buffers: { X: { region: x.region, pointer: first }, Wp: at(regions.Wp), O: at(regions.O) },
      moves: {
        X: {
          kh: (pointer) => {
            const row = b.let("row", constant(2));
            return () => {
              b.advance(row, 1);
              b.set(row, apply("i32.rem_u", [row, 3]));
              b.set(pointer, add(x.pointer, mul(row, 9)));
            };
          },
        },
      },
    });
  });
  assertEquals([...O], [...interpret(plain, inputs).O]);
});

Deno.test("a pointer that the caller moves does so after every pass of a compact loop", () => {
  const { plain, nest } = tileOf(
    { rows: 11, row: 4, pixels: 2, outs: 8, stride: 4 },
    { group: 4, round: 4 },
  );
  const drawn = randomInputs(plain, 9);
  // Small enough for products of fours to be the same on every machine.
  const small = (name: string) => Int8Array.from(drawn[name], (value) => value & 63);
  const inputs = { ...drawn, X: small("X"), W: small("W") };
  const O = new Int32Array(16);
  const memory = new BlockMemory();
  const row = inputs.X.length / 11;
  const last = Int8Array.from(
    inputs.X,
    (_, i) => inputs.X[(10 - Math.floor(i / row)) * row + i % row],
  );
  const regions = {
    O: memory.place("O", O),
    Wp: memory.place("Wp", packTensor(nest, "W", inputs.W)),
    X: memory.place("X", last),
  };
  memory.run((b) => {
    const x = at(regions.X);
    recordBlock(b, nest, {
      buffers: {
        X: { region: x.region, pointer: b.let("x", add(x.pointer, 10 * row)) },
        Wp: at(regions.Wp),
        O: at(regions.O),
      },
      moves: { X: { kh: (pointer) => () => b.advance(pointer, -row) } },
      isCompact: true,
    });
  });
  assertEquals([...O], [...interpret(plain, inputs).O]);
});

Deno.test("loops that run once leave none", () => {
  const { nest } = tileOf({ rows: 1, row: 8, pixels: 2, outs: 4, stride: 1 }, {
    group: 2,
    round: 8,
    staged: true,
  });
  const memory = new BlockMemory();
  const { X, W } = randomInputs(nest, 1);
  const [o, wp, x] = [
    memory.place("O", new Int32Array(8)),
    memory.place("Wp", packTensor(nest, "W", W)),
    memory.place("X", X),
  ];
  const code = memory.run((b) =>
    recordBlock(b, nest, { buffers: { X: at(x), Wp: at(wp), O: at(o) } })
  );
  assert(
    !JSON.stringify(code.body, (_, value) => value).includes('"kind":"for"'),
    printKernel(code),
  );
});

Deno.test("a binding that does not fit the nest is refused", () => {
  const { nest } = tileOf({ rows: 3, row: 9, pixels: 1, outs: 4, stride: 1 }, { group: 2 });
  const memory = new BlockMemory();
  const { X, W } = randomInputs(nest, 1);
  const x = memory.place("X", X);
  const record = (binding: Parameters<typeof recordBlock>[2]) => () =>
    recordBlock(new KernelBuilder(), nest, binding);
  assertThrows(
    record({ buffers: { X: at(x), W: at(x) } }),
    TypeError,
    "buffer Wp is bound to no region",
  );
  assertThrows(
    record({ buffers: { Xp: at(x) } }),
    TypeError,
    "convTile has no buffer Xp, only X, W",
  );
  const given = (sizes: readonly number[]) =>
    record({
      buffers: { X: at(x) },
      extents: { k: { sizes, value: constant(3) } },
    });
  const found = 'Extents of "k" must fall from at most 9, found ';
  for (const sizes of [[10, 3], [3, 6], [3, -1], []]) {
    assertThrows(given(sizes), RangeError, found + (sizes.join(", ") || "none"));
  }
  assertThrows(
    () => packTensor(nest, "X", X),
    ScheduleError,
    'Cannot pack "X" ahead of time: it has no copy before all loops',
  );
  assertThrows(
    () => packTensor(nest, "W", W.slice(1)),
    RangeError,
    '"W" has 108 elements, found 107',
  );
});

function emptyOutput(nest: Nest): TensorData {
  const { dtype, shape } = nest.tensors.at(-1)!;
  const length = shape[0] * shape[1];
  return dtype === "i8" ? new Int8Array(length) : new Int32Array(length);
}
