import { computes, type CText, type Instruction, stores, type ValueType } from "./instruction.ts";
import type { Value } from "./kernel.ts";

/** Several instructions of WebAssembly that are one elsewhere. */
export interface Combination {
  /** Its mnemonic in Thumb. */
  readonly thumb: string;
  /** Types of its operands. */
  readonly operands: readonly ValueType[];
  /** What it means: its operands are variables or constants; of a store the vector that is stored. */
  readonly expansion: InstructionExpansion;
  /** Store of lane 0 that stores the expansion; null: it is no store. */
  readonly store: "v128.store32_lane" | "v128.store64_lane" | null;
}

/** An instruction that processors of Arm have and WebAssembly has in several. */
export interface CombinedInstruction extends Instruction {
  readonly dsp: Combination;
}

/** An instruction as others. */
export type InstructionExpansion = (...operands: readonly Value[]) => Value;

/** A row of an instruction on i32 that DSP extensions have, and WebAssembly in several. */
export function combines(
  thumb: string,
  expansion: InstructionExpansion,
  c: string,
): CombinedInstruction {
  const operands = new Array<ValueType>(expansion.length).fill("i32");
  return combinesTypes(operands, "i32", { thumb, expansion, c });
}

/** The same on operands of any types. */
export function combinesTypes(
  operands: readonly ValueType[],
  result: ValueType,
  { thumb, expansion, c }: {
    readonly thumb: string;
    readonly expansion: InstructionExpansion;
    readonly c: CText | string;
  },
): CombinedInstruction {
  return { ...computes([], result, null, c), dsp: { thumb, operands, expansion, store: null } };
}

/** A row of an instruction that stores the lowest byte of each lane. */
export function narrows(
  thumb: string,
  accessBytes: 4 | 8,
  { expansion, c }: { readonly expansion: InstructionExpansion; readonly c: string },
): CombinedInstruction {
  const store = accessBytes === 4 ? "v128.store32_lane" : "v128.store64_lane";
  return { ...stores([], accessBytes, c), dsp: { thumb, operands: ["v128"], expansion, store } };
}
