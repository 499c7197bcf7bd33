/**
 * From a device to a trained network: chooses resolutions and a width for a microcontroller's memory,
 * trains a super-network of networks that fit, searches the most accurate one, trains it on, and writes
 * it as an int8 file. Ten minutes on two cores.
 *
 * Run: deno run -R -W examples/train_a_network.ts [DEVICE] [FILE]
 */
import { type Device, devices } from "tinyloom/plan";
import { findNetwork } from "tinyloom/search";

const [name = "nano33iot", file = "wake_word.tflite"] = Deno.args;
const device = (devices as Readonly<Record<string, Device>>)[name];
if (device === undefined) throw new RangeError(`one of ${Object.keys(devices).join(", ")}`);
const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;

let last = "";
const { best, deployed } = await findNetwork(device, {
  workers: navigator.hardwareConcurrency,
  onProgress: (event) => {
    const line = event.stage === "spaces"
      ? "optimizing the space"
      : event.stage === "search"
      ? `searching at ${event.resolution} pixels: ${percent(event.fitness)}`
      : `${event.stage}: ${Math.floor(10 * event.step / event.steps)} of 10 tenths`;
    if (line !== last) console.log(line);
    last = line;
  },
});
await Deno.writeFile(file, deployed.tflite);
console.log(
  `${file}: ${best.resolution} x ${best.resolution} pixels, ` +
    `${(best.macs / 1e6).toFixed(1)} million MACs, ` +
    `peak ${best.peakBytes.toLocaleString("en-US")} B, ${percent(deployed.int8Accuracy)} right ` +
    `(${percent(deployed.floatAccuracy)} before quantization)`,
);
