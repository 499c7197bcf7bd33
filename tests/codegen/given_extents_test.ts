import fc from "fast-check";
import { interpret, type Nest, pack, toJavaScript } from "tinyloom";
import { packTensor } from "../../lib/codegen/pack_tensor.ts";
import { recordBlock } from "../../lib/codegen/record_block.ts";
import { assertEquals } from "../assert.ts";
import { at, BlockMemory } from "./block_module.ts";
import { dotForms, tileOf } from "./conv_tile.ts";
import { randomInputs } from "./random_data.ts";

Deno.test("extents that are known at run time only leave out rows and taps", () => {
  const packedToo = (nest: Nest) => pack(nest, "X", { dtype: "i16" });
  const cases = fc.record({
    form: dotForms,
    channels: fc.integer({ min: 1, max: 6 }),
    rows: fc.integer({ min: 1, max: 3 }),
    taps: fc.integer({ min: 1, max: 3 }),
    packed: fc.boolean(),
    seed: fc.nat(),
  });
  fc.assert(
    fc.property(cases, ({ form, channels, rows, taps, packed, seed }) => {
      const row = 3 * channels;
      const size = { rows: 3, row, pixels: 2, outs: 4, stride: channels };
      const { plain, nest: unpacked } = tileOf(size, form);
      const isPacked = packed && form.group === 2 && !form.staged;
      const nest = isPacked ? packedToo(unpacked) : unpacked;
      const inputs = randomInputs(plain, seed);
      const W = inputs.W.map((w, i) => {
        const [kh, k] = [Math.floor(i / (4 * row)), Math.floor(i / 4) % row];
        return kh < rows && k < taps * channels ? w : 0;
      }) as Int8Array;
      const O = new Int32Array(8);
      const memory = new BlockMemory();
      const regions = {
        O: memory.place("O", O),
        Wp: memory.place("Wp", packTensor(nest, "W", inputs.W)),
        ...isPacked
          ? { Xp: memory.place("Xp", packTensor(nest, "X", inputs.X)) }
          : { X: memory.place("X", inputs.X) },
      };
      const given = { kh: [3, 2, 1], k: [3, 2, 1].map((each) => each * channels) };
      memory.run((b, [rowsGiven, rowGiven]) => {
        const buffers = Object.entries(regions).map(([name, region]) => [name, at(region)]);
        recordBlock(b, nest, {
          buffers: Object.fromEntries(buffers),
          extents: {
            kh: { sizes: given.kh, value: rowsGiven },
            k: { sizes: given.k, value: rowGiven },
          },
        });
      }, [rows, taps * channels]);
      const expected = [...interpret(plain, { X: inputs.X, W }).O];
      assertEquals([...O], expected, JSON.stringify(nest.steps));
      O.fill(0);
      const run = new Function(`return ${toJavaScript(nest, { extents: given })}`)();
      run(inputs.X, inputs.W, O, rows, taps * channels);
      assertEquals([...O], expected, "in JavaScript");
    }),
    { seed: 42, numRuns: 150 },
  );
});
