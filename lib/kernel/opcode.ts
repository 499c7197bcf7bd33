import type { memoryInstructions, scalarInstructions } from "./scalar_instructions.ts";
import type { vectorInstructions } from "./vector_instructions.ts";

/** Name of an instruction, as in WebAssembly's text format. */
export type Opcode =
  | keyof typeof scalarInstructions
  | keyof typeof memoryInstructions
  | keyof typeof vectorInstructions
  | DspOpcode
  | HeliumOpcode;

/** Names of the instructions of the DSP extension. */
export type DspOpcode =
  | "i32.dot_i16x2_add"
  | `i32.mul_${"low" | "high"}_${"low" | "high"}_add`
  | `i32.extend_${"even" | "odd"}8_s`
  | `i32.pack_${"low" | "high"}16`
  | "i32.mulh_round_add"
  | "i32.saturate8_s";

/** Names of the instructions of Helium. */
export type HeliumOpcode =
  | "i32.dot_i8x16_add"
  | "i32.dot_i16x8_add"
  | "i32x4.join"
  | `i32x4.replace_${"even" | "odd"}`
  | "i32x4.q31mulr_sat_s"
  | "i32x4.shl_round_s"
  | `i32x4.extmul_${"even" | "odd"}_i16x8_s`
  | `i32x4.extend_${"even" | "odd"}_i16x8_s`
  | "i16x8.narrow_pairs_i32x4_s"
  | "i8x16.narrow_pairs_i16x8_s"
  | "i16x8.store8x8"
  | "i32x4.store8x4";
