import { assert, assertEquals } from "../assert.ts";
import {
  caches,
  devices,
  deviceTable,
  fits,
  flashBytes,
  ladderTable,
  planLadder,
  planMemory,
  planStepTable,
  planTable,
  publishedTinyEngine,
  tableToRows,
  zoo,
  zooNames,
} from "tinyloom";

Deno.test("a verdict says by how much, where, and what is alive there", () => {
  const techniques = ["optimal-offsets"] as const;
  const plan = planMemory(zoo("mcunet-in3"), { device: devices.stm32f746, techniques });
  assertEquals(plan.fit, {
    fits: false,
    reason:
      "does not fit: peak 340,736 B > 327,680 B SRAM (stm32f746) at operator 7 DEPTHWISE_CONV_2D; " +
      "live: t18 30,976 B + t21 154,880 B + t24 154,880 B",
  });
  assertEquals(plan.peak!.live.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0), 340_736);
});

Deno.test("where tensors share bytes, those alive add up to the peak less what is shared", () => {
  for (const name of ["mcunet-in3", "mcunet-vww1", "mlperf-tiny-kws"]) {
    const plan = planMemory(zoo(name));
    const [, text] = fits(plan, devices.stm32f746).reason.split("; live: ");
    const numbers = text.replaceAll(",", "").matchAll(/([-+]?) ?[^-+]*?(\d+) B/g);
    const sum = [...numbers].reduce(
      (all, [, sign, count]) => all + (sign === "-" ? -1 : 1) * Number(count),
      0,
    );
    assertEquals(sum, plan.peakBytes, text);
    assert(text.endsWith("shared"), text);
  }
});

Deno.test("with every technique the same network fits; a device without Flash takes nothing", () => {
  const plan = planMemory(zoo("mcunet-in3"));
  const good = fits(plan, devices.stm32f746);
  assert(good.fits && good.reason.startsWith("fits: peak 185,991 B of 327,680 B SRAM"));
  const bare = { ...devices.stm32f746, name: "bare", flashBytes: 1000 };
  assert(fits(plan, bare).reason.includes("> 1,000 B Flash (bare)"));
});

Deno.test("memory that is full to its last byte fits, one byte less does not", () => {
  const plan = { ...planMemory(zoo("mcunet-in3")), stateBytes: 24 };
  const { reason } = fits(plan, devices.stm32f746, { reserveBytes: 100 });
  const numbers = [
    ...reason.replaceAll(",", "").matchAll(
      /peak (\d+) B \+ state (\d+) B of .*stack (\d+) B \+ scratch (\d+) B \+ reserve (\d+) B/g,
    ),
  ][0].slice(1).map(Number);
  assertEquals([numbers[0], numbers[1], numbers[4]], [plan.peakBytes, 24, 100]);
  const full = numbers.reduce((sum, each) => sum + each, 0);
  const verdict = (sramBytes: number, flashBytes: number) =>
    fits(plan, { ...devices.stm32f746, sramBytes, flashBytes }, { reserveBytes: 100 });
  assert(verdict(full, plan.flashBytes).fits);
  const less = verdict(full - 1, plan.flashBytes);
  assert(!less.fits && less.reason.includes("SRAM"));
  assert(less.reason.includes("+ stack"));
  const flash = verdict(full, plan.flashBytes - 1);
  assert(!flash.fits && flash.reason.includes("Flash"));
  // What the plan alone fills is not blamed on the stack.
  assert(verdict(plan.peakBytes + 24, plan.flashBytes).reason.includes("+ stack"));
  assert(!verdict(plan.peakBytes + 23, plan.flashBytes).reason.includes("stack"));
  assert(!fits({ ...plan, unknown: ["t0"] }, devices.stm32f746).fits);
});

Deno.test("the estimate of Flash is within 8 % of TinyEngine's printed figures", () => {
  let compared = 0;
  for (const { model, engine, flashKb } of publishedTinyEngine) {
    // Networks whose classifier in the zoo is not the one that they measured are left out.
    if (engine !== "tinyengine" || !zooNames().includes(model) || !model.startsWith("mcunet")) {
      continue;
    }
    const { weightsBytes, biasBytes, quantizationBytes, codeBytes } = flashBytes(zoo(model));
    const kilobytes = (weightsBytes + biasBytes + quantizationBytes + codeBytes) / 1024;
    assert(Math.abs(kilobytes / flashKb! - 1) < 0.08, `${model}: ${kilobytes} and ${flashKb}`);
    compared++;
  }
  assert(compared >= 6, `${compared} compared`);
});

Deno.test("tables: a row for each buffer, operator, rung and device", () => {
  const plan = planMemory(zoo("mlperf-tiny-kws"));
  assertEquals(planTable(plan).numRows, plan.buffers.length);
  const steps = tableToRows(planStepTable(plan));
  assertEquals(steps.length, plan.steps.length);
  assertEquals(Math.max(...steps.map(({ usedBytes }) => usedBytes as number)), plan.peakBytes);
  const ladder = tableToRows(ladderTable(planLadder(zoo("mlperf-tiny-kws"))));
  assertEquals(ladder.map(({ technique }) => technique).slice(0, 2), [
    "none (TensorFlow Lite Micro)",
    "fold-pad",
  ]);
  assertEquals(ladder.map(({ peakBytes }) => peakBytes).at(-1), plan.peakBytes);
  const table = tableToRows(deviceTable(plan));
  assertEquals(table.length, Object.keys(devices).length);
  assert(table.every(({ fits: isIn, source }) => isIn === true && source !== ""));
});

Deno.test("devices have the memory, clock, cache and power of their data sheets", () => {
  const text = Object.values(devices).map((device) => {
    const { name, clockMhz, sramBytes, flashBytes, dataCacheBytes, activeMilliwatts } = device;
    const kib = [sramBytes, flashBytes, dataCacheBytes].map((bytes) => bytes / 1024).join(" ");
    return `${name} ${clockMhz} MHz, ${kib} KiB, ${activeMilliwatts?.toFixed(2) ?? "?"} mW`;
  });
  assertEquals(text, [
    // 3.3 mA at 3 V.
    "nano33ble 64 MHz, 256 1024 0 KiB, 9.90 mW",
    "nano33iot 48 MHz, 32 256 0 KiB, ? mW",
    // 514 CoreMark at 66 a milliampere, 3 V.
    "nrf5340 128 MHz, 512 1024 0 KiB, 23.36 mW",
    "rp2040 133 MHz, 264 2048 0 KiB, ? mW",
    "esp32s3 240 MHz, 512 8192 0 KiB, ? mW",
    // 112 uA a megahertz at 3.3 V.
    "stm32f412 100 MHz, 256 1024 0 KiB, 36.96 mW",
    "stm32f746 216 MHz, 320 1024 4 KiB, 336.60 mW",
    "stm32h743 480 MHz, 512 2048 16 KiB, 416.59 mW",
    "stm32l4r5 120 MHz, 640 2048 0 KiB, 43.56 mW",
  ]);
});

Deno.test("every device is listed under its own name, its memory in bytes", () => {
  for (const [key, { name, sramBytes, flashBytes }] of Object.entries(devices)) {
    assertEquals(name, key);
    assert(sramBytes >= 32 * 1024 && flashBytes >= 256 * 1024, key);
    assert(sramBytes % 1024 === 0 && flashBytes % 1024 === 0 && flashBytes > sramBytes, key);
  }
});

Deno.test("only a Cortex-M7 has a data cache, and the caches to simulate are of that size", () => {
  for (const { name, core, dataCacheBytes } of Object.values(devices)) {
    assertEquals(dataCacheBytes > 0, core === "Cortex-M7F", name);
  }
  const sizes = [caches.cortexM7Small, caches.cortexM7].map(({ levels }) => levels[0].sizeBytes);
  assertEquals(sizes, [devices.stm32f746.dataCacheBytes, devices.stm32h743.dataCacheBytes]);
  assertEquals(sizes, [4096, 16_384]);
});
