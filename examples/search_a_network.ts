/**
 * From a device to a network: which resolution and width suit a microcontroller's memory, then which
 * network of that space has the most multiply-accumulates, planned layer by layer as TinyEngine does
 * and with rolling rows. Each network was planned and run before it is shown.
 *
 * Run: deno run -R examples/search_a_network.ts [DEVICE]
 */
import { type Device, devices } from "tinyloom/plan";
import { type MemoryModelName, optimizeSpace, searchNetwork, searchSpaces } from "tinyloom/search";

const [name = "stm32f746"] = Deno.args;
const device = (devices as Readonly<Record<string, Device>>)[name];
if (device === undefined) throw new RangeError(`one of ${Object.keys(devices).join(", ")}`);
const bytes = (count: number): string => `${count.toLocaleString("en-US")} B`;

console.log(`${device.title}: ${bytes(device.sramBytes)} SRAM, ${bytes(device.flashBytes)} Flash`);
const spaces = searchSpaces({ resolutions: [96, 128, 160, 192, 224], widths: [0.3, 0.5, 0.7, 1] });
for (const memory of ["in-place", "rolling"] satisfies MemoryModelName[]) {
  const { best: space } = await optimizeSpace(spaces, device, { memory, samples: 100 });
  const { best } = await searchNetwork(space, device, {
    memory,
    population: 40,
    parents: 10,
    generations: 10,
    front: 1,
  });
  console.log(
    `${memory.padEnd(8)}  ${best.resolution} x ${best.resolution}, width ${best.width}: ` +
      `${(best.macs / 1e6).toFixed(1)} million MACs, ` +
      `peak ${bytes(best.peakBytes)}, Flash ${bytes(best.flashBytes)}`,
  );
}
