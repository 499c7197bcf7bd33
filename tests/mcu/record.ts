// Writes what the real models take on a Cortex-M4 in QEMU into recorded.json, beside what the fastest
// other engine that was found takes (TensorFlow Lite Micro with CMSIS-NN, -O2, its inline assembly; the
// same compiler and emulator, 2026-11-30). Needs gcc-arm-none-eabi, qemu-system-arm and the models.
//   deno run -A tests/mcu/record.ts && deno fmt tests/mcu/recorded.json
import { measureModels } from "./measure_models.ts";

const cmsisInstructions: Readonly<Record<string, number>> = {
  person_detect: 21_431_685,
  kws_ref_model: 7_224_877,
  mcunet_vww1: 45_015_329,
  ad01_int8: 573_205,
};

const names = Object.keys(cmsisInstructions);
const fused = names.filter((name) => name !== "ad01_int8");
const models = await measureModels("cortex-m4", { names, fused });
const rows = models.map(({ name, target, fusion, totals }) => {
  const { instructions, exact, flashBytes, ramBytes, arenaBytes, stackBytes } = totals;
  const cmsis = cmsisInstructions[name];
  const fewer = Number((cmsis / instructions!).toFixed(3));
  return {
    ...{ name, target, fusion, exact, instructions, cmsisInstructions: cmsis, fewer },
    ...{ flashBytes, arenaBytes, ramBytes, stackBytes },
  };
});
const text = `${JSON.stringify(rows, null, 2)}\n`;
await Deno.writeTextFile(new URL("recorded.json", import.meta.url), text);
console.log(text);
