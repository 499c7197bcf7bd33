// The bytes of every instruction, as another program reads them.
import { disassemble } from "../../lib/codegen/compile.ts";
import { encodeKernels } from "../../lib/codegen/wasm/encode_module.ts";
import { instructions } from "../../lib/kernel/instructions.ts";
import { assert, assertEquals } from "../assert.ts";
import { kernelOf, ops } from "./every_instruction.ts";

Deno.test("every instruction is encoded as what it is called", async () => {
  const plain = ops.filter((op) => instructions[op].dsp === undefined);
  assert(plain.length > 200);
  const wasm = encodeKernels(plain.map((op, i) => kernelOf(op, `kernel${i}`)), {
    memoryPages: 1,
    spaces: { arena: 0 },
  });
  const bodies = (await disassemble(wasm)).split(/^ {2}\(func /m).slice(1);
  assertEquals(bodies.length, plain.length);
  const wrong = plain.filter((op, i) => {
    // Loads that widen go by another name in the specification.
    const name = op.replace(/^i\d+x\d+\.(?=load\d)/, "v128.");
    return !new RegExp(`^\\s+${name}(\\s|$)`, "m").test(bodies[i]);
  });
  assertEquals(wrong, []);
});
