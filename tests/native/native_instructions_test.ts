// Every instruction in C with the machine's own vectors against WebAssembly, wide vectors part by part.
import { nativeVectors } from "../../lib/codegen/c/native_vectors.ts";
import { instructions } from "../../lib/kernel/instructions.ts";
import { findCompiler } from "tinyloom";
import { assert, assertEquals } from "../assert.ts";
import {
  comparable,
  groupKernelOf,
  image,
  inC,
  inWebAssembly,
  kernelOf,
  ops,
} from "../codegen/every_instruction.ts";
import { hasCommand } from "../deploy/c_programs.ts";

const ignore = !hasCommand("gcc");
const vectors = nativeVectors;
/** Those of Arm are for its processors. */
const all = ops.filter((op) => instructions[op].dsp === undefined);

for (const flags of [["-O2", "-march=native"], ["-O1"]]) {
  Deno.test({
    name: `every instruction natively does what it does in WebAssembly, ${
      flags.join(" ")
    } (needs gcc)`,
    ignore,
    fn: async () => {
      const bytes = image();
      const kernels = all.map((op, i) => kernelOf(op, `kernel${i}`));
      const expected = inWebAssembly(kernels, bytes);
      const found = await inC(kernels, { bytes, flags: [...flags, "-ffp-contract=off"], vectors });
      all.forEach((op, i) => {
        assertEquals(comparable(op, found[i]), comparable(op, expected[i]), op);
      });
    },
  });
}

const wideOps = all.filter((op) => instructions[op].result === "v128");

for (const parts of [2, 4] as const) {
  Deno.test({
    name: `every instruction on ${
      16 * parts
    } bytes does to each part what it does alone (needs gcc)`,
    ignore,
    fn: async () => {
      const { vectorBytes, flags } = await findCompiler();
      if (vectorBytes < 16 * parts) return;
      const bytes = image();
      const [narrow, wide] = [false, true].map((isWide) =>
        wideOps.map((op, i) => groupKernelOf(op, `kernel${i}`, { parts, isWide }))
      );
      const expected = inWebAssembly(narrow, bytes);
      const found = await inC(wide, { bytes, flags: [...flags, "-ffp-contract=off"], vectors });
      assert(wideOps.length > 110, `${wideOps.length}`);
      wideOps.forEach((op, i) => {
        assertEquals(comparable(op, found[i]), comparable(op, expected[i]), op);
      });
    },
  });
}
