/**
 * One level of a cache hierarchy: set-associative, least recently used line replaced first.
 *
 * @category Analysis
 */
export interface CacheLevel {
  /** `L1`, `L2`, ... */
  readonly name: string;
  /** Capacity in bytes. */
  readonly sizeBytes: number;
  /** Lines in one set. */
  readonly ways: number;
  /** Bytes of one line, a power of two. */
  readonly lineBytes: number;
}

/**
 * A processor's data caches, nearest first, with where the figures are from.
 *
 * @category Analysis
 */
export interface CacheHierarchy {
  /** Processor or core. */
  readonly name: string;
  /** Data caches, nearest first. */
  readonly levels: readonly CacheLevel[];
  /** Document that states the figures. */
  readonly source: string;
}

const kib = 1024;
const mib = 1024 * kib;

/**
 * Data caches of common processors, as one core sees them. A Cortex-M0+, M4 or M33 is missing: it has
 * no data cache, so `count` already says how often it goes to memory.
 *
 * @category Analysis
 */
export const caches: Readonly<Record<string, CacheHierarchy>> = {
  zen4: {
    name: "AMD Zen 4",
    levels: [
      { name: "L1", sizeBytes: 32 * kib, ways: 8, lineBytes: 64 },
      { name: "L2", sizeBytes: 1 * mib, ways: 8, lineBytes: 64 },
      { name: "L3", sizeBytes: 32 * mib, ways: 16, lineBytes: 64 },
    ],
    source: "AMD, Software Optimization Guide for the AMD Zen4 Microarchitecture (57647)",
  },
  skylakeServer: {
    name: "Intel Skylake-SP",
    levels: [
      { name: "L1", sizeBytes: 32 * kib, ways: 8, lineBytes: 64 },
      { name: "L2", sizeBytes: 1 * mib, ways: 16, lineBytes: 64 },
    ],
    source: "Intel 64 and IA-32 Architectures Optimization Reference Manual",
  },
  goldenCove: {
    name: "Intel Golden Cove (client)",
    levels: [
      { name: "L1", sizeBytes: 48 * kib, ways: 12, lineBytes: 64 },
      { name: "L2", sizeBytes: 1280 * kib, ways: 10, lineBytes: 64 },
    ],
    source: "Intel 64 and IA-32 Architectures Optimization Reference Manual",
  },
  sapphireRapids: {
    name: "Intel Sapphire Rapids (server)",
    levels: [
      { name: "L1", sizeBytes: 48 * kib, ways: 12, lineBytes: 64 },
      { name: "L2", sizeBytes: 2 * mib, ways: 16, lineBytes: 64 },
    ],
    source: "Intel 64 and IA-32 Architectures Optimization Reference Manual",
  },
  cortexA72: {
    name: "Arm Cortex-A72 (Raspberry Pi 4)",
    levels: [
      { name: "L1", sizeBytes: 32 * kib, ways: 2, lineBytes: 64 },
      { name: "L2", sizeBytes: 1 * mib, ways: 16, lineBytes: 64 },
    ],
    source: "Arm, Cortex-A72 Technical Reference Manual; Broadcom BCM2711",
  },
  cortexA53: {
    name: "Arm Cortex-A53 (Raspberry Pi 3)",
    levels: [
      { name: "L1", sizeBytes: 32 * kib, ways: 4, lineBytes: 64 },
      { name: "L2", sizeBytes: 512 * kib, ways: 16, lineBytes: 64 },
    ],
    source: "Arm, Cortex-A53 Technical Reference Manual; Broadcom BCM2837",
  },
  cortexM7Small: {
    name: "Arm Cortex-M7 (STM32F746)",
    levels: [{ name: "L1", sizeBytes: 4 * kib, ways: 4, lineBytes: 32 }],
    source: "ST, STM32F746 data sheet (DS10916); Arm, Cortex-M7 Technical Reference Manual",
  },
  cortexM7: {
    name: "Arm Cortex-M7 (STM32H743)",
    levels: [{ name: "L1", sizeBytes: 16 * kib, ways: 4, lineBytes: 32 }],
    source: "ST, STM32H743 data sheet (DS12110); Arm, Cortex-M7 Technical Reference Manual",
  },
};
