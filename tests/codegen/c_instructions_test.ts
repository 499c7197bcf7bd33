// Every instruction in C against WebAssembly, on edge values and random ones.
import { assert, assertEquals } from "../assert.ts";
import { hasCommand, sanitizers } from "../deploy/c_programs.ts";
import { comparable, image, inC, inWebAssembly, kernelOf, ops } from "./every_instruction.ts";

for (const flags of [["-O2"], ["-O0", ...sanitizers]]) {
  Deno.test({
    name: `every instruction in C does what it does in WebAssembly, ${flags[0]} (needs gcc)`,
    ignore: !hasCommand("gcc"),
    fn: async () => {
      const bytes = image();
      const kernels = ops.map((op, i) => kernelOf(op, `kernel${i}`));
      const expected = inWebAssembly(kernels, bytes);
      const found = await inC(kernels, { bytes, flags });
      assert(ops.length > 250);
      ops.forEach((op, i) => {
        assertEquals(comparable(op, found[i]), comparable(op, expected[i]), op);
      });
    },
  });
}
