/**
 * Instructions of WebAssembly that kernels do not name: control flow, variables, constants, and those
 * by which threads meet. All others are in the table of the kernel language.
 * Source: WebAssembly core specification 3.0, section "Index of Instructions"; threads proposal.
 */
export const controlOpcodes = {
  "block": [0x02],
  "loop": [0x03],
  "if": [0x04],
  "else": [0x05],
  "end": [0x0b],
  "br": [0x0c],
  "br_if": [0x0d],
  "call": [0x10],
  "drop": [0x1a],
  "local.get": [0x20],
  "local.set": [0x21],
  "local.tee": [0x22],
  "i32.const": [0x41],
  "i64.const": [0x42],
  "f32.const": [0x43],
  "f64.const": [0x44],
  "v128.const": [0xfd, 0x0c],
  "memory.atomic.notify": [0xfe, 0x00],
  "memory.atomic.wait32": [0xfe, 0x01],
  "i32.atomic.load": [0xfe, 0x10],
  "i32.atomic.store": [0xfe, 0x17],
  "i32.atomic.rmw.add": [0xfe, 0x1e],
} as const satisfies Record<string, readonly number[]>;

/** Text name of such an instruction. */
export type ControlOpcode = keyof typeof controlOpcodes;
