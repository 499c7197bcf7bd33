import type { BoardName } from "../deploy_targets.ts";

/** A machine of QEMU, as far as a program for it must know. */
export interface Board {
  /** Options of the compiler for its processor. */
  readonly flags: readonly string[];
  /** First byte and size of what stands for Flash and for SRAM, and of memory for the harness. */
  readonly flash: readonly [number, number];
  readonly ram: readonly [number, number];
  readonly host: readonly [number, number];
  /** Nanoseconds of a tick of SysTick, times 4: 25 MHz and 32 MHz. */
  readonly quarterNs: number;
}

const KIB = 1024;
const MIB = 1024 * KIB;

/** QEMU's `mps2.c` and `mps2-tz.c` give the memories. */
export const boards: Readonly<Record<BoardName, Board>> = {
  "mps2-an386": {
    flags: ["-mcpu=cortex-m4", "-mfpu=fpv4-sp-d16", "-mfloat-abi=hard"],
    flash: [0x400, 4 * MIB - KIB],
    ram: [0x2000_0000, 4 * MIB],
    host: [0x2100_0000, 8 * MIB],
    quarterNs: 160,
  },
  "mps2-an500": {
    flags: ["-mcpu=cortex-m7", "-mfpu=fpv5-d16", "-mfloat-abi=hard"],
    flash: [0x400, 4 * MIB - KIB],
    ram: [0x2000_0000, 4 * MIB],
    host: [0x6000_0000, 8 * MIB],
    quarterNs: 160,
  },
  "mps3-an547": {
    flags: ["-mcpu=cortex-m55", "-mfloat-abi=hard"],
    flash: [0x0100_0000, 2 * MIB],
    ram: [0x2100_0000, 4 * MIB],
    host: [0x6000_0000, 8 * MIB],
    quarterNs: 125,
  },
};
