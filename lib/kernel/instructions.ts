import type { Combination } from "./combination.ts";
import { dspInstructions } from "./dsp_instructions.ts";
import { heliumInstructions } from "./helium_instructions.ts";
import type { Instruction } from "./instruction.ts";
import type { Opcode } from "./opcode.ts";
import { memoryInstructions, scalarInstructions } from "./scalar_instructions.ts";
import { vectorInstructions } from "./vector_instructions.ts";

const table = {
  ...scalarInstructions,
  ...vectorInstructions,
  ...memoryInstructions,
  ...dspInstructions,
  ...heliumInstructions,
};

/** The table of instructions: the one place that knows what each is. */
export const instructions: Readonly<
  Record<Opcode, Instruction & { readonly dsp?: Combination }>
> = table;

/**
 * Bytes that a load or store touches.
 *
 * @throws {TypeError} the instruction does not access memory.
 */
export function accessBytes(op: Opcode): number {
  const bytes = instructions[op].accessBytes;
  if (bytes === 0) throw new TypeError(`${op} does not access memory, needed a load or store`);
  return bytes;
}
