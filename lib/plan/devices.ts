/**
 * A microcontroller, as far as memory goes.
 *
 * @category Planner
 */
export interface Device {
  /** Short name, the key in `devices`. */
  readonly name: string;
  /** The chip or board for people. */
  readonly title: string;
  /** Processor core. */
  readonly core: string;
  /** Its clock. */
  readonly clockMhz: number;
  /** SRAM that a program can use for data. */
  readonly sramBytes: number;
  /** Flash, on the chip or soldered to it where noted. */
  readonly flashBytes: number;
  /**
   * Data cache between the core and its SRAM in bytes; 0 where a load reaches SRAM directly. Buffers
   * in front of Flash, which most chips have, are not counted.
   */
  readonly dataCacheBytes: number;
  /** Where the figures come from. */
  readonly source: string;
  /** Typical power while it computes from Flash, radio and peripherals off; null where none was read. */
  readonly activeMilliwatts: number | null;
  /** Current and supply that it is the product of, and where they stand; empty without one. */
  readonly powerSource: string;
}

/**
 * Key of a device in `devices`.
 *
 * @category Planner
 */
export type DeviceName =
  | "nano33ble"
  | "nano33iot"
  | "nrf5340"
  | "rp2040"
  | "esp32s3"
  | "stm32f412"
  | "stm32f746"
  | "stm32h743"
  | "stm32l4r5";

const KIB = 1024;
const MIB = 1024 * KIB;

/**
 * Microcontrollers that people run neural networks on, with the memory that their data sheets give.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { devices } from "tinyloom";
 *
 * assert.equal(devices.stm32f746.sramBytes, 320 * 1024);
 * ```
 *
 * @category Planner
 */
export const devices: Readonly<Record<DeviceName, Device>> = {
  nano33ble: device("nano33ble", {
    title: "Arduino Nano 33 BLE Sense (nRF52840)",
    core: "Cortex-M4F",
    clockMhz: 64,
    sramBytes: 256 * KIB,
    flashBytes: 1 * MIB,
    dataCacheBytes: 0,
    source: "Nordic nRF52840 Product Specification v1.7, memory",
    ...power(3.3, {
      volts: 3,
      source: "Nordic nRF52840 Product Specification, CPU running CoreMark from Flash, DC/DC",
    }),
  }),
  nano33iot: device("nano33iot", {
    title: "Arduino Nano 33 IoT (SAMD21G18A)",
    core: "Cortex-M0+",
    clockMhz: 48,
    sramBytes: 32 * KIB,
    flashBytes: 256 * KIB,
    dataCacheBytes: 0,
    source: "Microchip DS40001882 (SAM D21/DA1 Family), memories of the G18",
  }),
  nrf5340: device("nrf5340", {
    title: "nRF5340, application core",
    core: "Cortex-M33F",
    clockMhz: 128,
    sramBytes: 512 * KIB,
    flashBytes: 1 * MIB,
    dataCacheBytes: 0,
    source: "Nordic nRF5340 Product Specification v1.3, application core memory",
    ...power(514 / 66, {
      volts: 3,
      source: "Nordic nRF5340 Product Brief: 514 CoreMark at 128 MHz, 66 CoreMark/mA",
    }),
  }),
  rp2040: device("rp2040", {
    title: "Raspberry Pi Pico (RP2040; 2 MB of Flash on the board)",
    core: "2 x Cortex-M0+",
    clockMhz: 133,
    sramBytes: 264 * KIB,
    flashBytes: 2 * MIB,
    dataCacheBytes: 0,
    source: "RP2040 Datasheet, 2.6.2 SRAM; Raspberry Pi Pico Datasheet, Flash",
  }),
  esp32s3: device("esp32s3", {
    title: "ESP32-S3-WROOM-1-N8 (8 MB of Flash in the module)",
    core: "2 x Xtensa LX7",
    clockMhz: 240,
    sramBytes: 512 * KIB,
    flashBytes: 8 * MIB,
    dataCacheBytes: 0,
    source: "Espressif ESP32-S3 Series Datasheet, internal memory; ESP32-S3-WROOM-1 Datasheet",
  }),
  stm32f412: device("stm32f412", {
    title: "STM32F412",
    core: "Cortex-M4F",
    clockMhz: 100,
    sramBytes: 256 * KIB,
    flashBytes: 1 * MIB,
    dataCacheBytes: 0,
    source: "STMicroelectronics DS11139 (STM32F412xE/G)",
    ...power(0.112 * 100, {
      volts: 3.3,
      source: "STMicroelectronics DS11139, features: 112 uA/MHz in run mode, peripherals off",
    }),
  }),
  stm32f746: device("stm32f746", {
    title: "STM32F746",
    core: "Cortex-M7F",
    clockMhz: 216,
    sramBytes: 320 * KIB,
    flashBytes: 1 * MIB,
    dataCacheBytes: 4 * KIB,
    source: "STMicroelectronics DS10916 (STM32F745xx, STM32F746xx): 4 KB data cache",
    ...power(102, {
      volts: 3.3,
      source: "STMicroelectronics DS10916, typical current in run mode at 216 MHz, peripherals off",
    }),
  }),
  stm32h743: device("stm32h743", {
    title: "STM32H743, the 512 KB that the MCUNet papers use of its 1 MB",
    core: "Cortex-M7F",
    clockMhz: 480,
    sramBytes: 512 * KIB,
    flashBytes: 2 * MIB,
    dataCacheBytes: 16 * KIB,
    source:
      "STMicroelectronics DS12110 (STM32H742xI/G, STM32H743xI/G): AXI SRAM 512 KB, 16 KB data cache",
    ...power(0.263 * 480, {
      volts: 3.3,
      source: "STMicroelectronics, STM32H743/753 line: 263 uA/MHz in run mode, peripherals off",
    }),
  }),
  stm32l4r5: device("stm32l4r5", {
    title: "STM32L4R5ZI (Nucleo board of the MLPerf Tiny reference)",
    core: "Cortex-M4F",
    clockMhz: 120,
    sramBytes: 640 * KIB,
    flashBytes: 2 * MIB,
    dataCacheBytes: 0,
    source: "STMicroelectronics DS12023 (STM32L4R5xx, STM32L4R7xx, STM32L4R9xx)",
    ...power(0.11 * 120, {
      volts: 3.3,
      source: "STMicroelectronics DS12023, features: 110 uA/MHz in run mode, LDO",
    }),
  }),
};

type Power = Pick<Device, "activeMilliwatts" | "powerSource">;

function device(
  name: DeviceName,
  facts: Omit<Device, "name" | keyof Power> & Partial<Power>,
): Device {
  return { name, activeMilliwatts: null, powerSource: "", ...facts };
}

function power(
  milliamperes: number,
  { volts, source }: { readonly volts: number; readonly source: string },
): Power {
  return {
    activeMilliwatts: milliamperes * volts,
    powerSource: `${source}; ${Number(milliamperes.toPrecision(3))} mA at ${volts} V`,
  };
}
