/**
 * Is a searched network better than a scaled one? For every seed: `findNetwork` for a device, and
 * MobileNetV2 as wide as the same memory admits, trained with as many steps, on as many different
 * images, as super-network and best network had together; both in int8 on the same new images. Ten
 * minutes and more a seed.
 *
 * Run: deno task bench:search [SEEDS [DEVICE]], SEEDS one or several with commas
 */
import {
  deploySubnetwork,
  type Device,
  devices,
  findNetwork,
  fitBaseline,
  largestGenes,
  mobileNetV2Space,
  tableFromRows,
  tableToText,
  trainSupernet,
  wakeWordSpaces,
} from "tinyloom";

const [seeds = "1,2,3", name = "nano33iot"] = Deno.args;
const device = (devices as Readonly<Record<string, Device>>)[name];
const images = 32_000;
const testImages = 8000;
const mostMacs = 2_500_000;
const workers = navigator.hardwareConcurrency;
const resolutions = [...new Set(wakeWordSpaces().map(({ resolution }) => resolution))];
const [scaled] = fitBaseline(mobileNetV2Space, device, { resolutions, mostMacs });

const rows = [];
for (const seed of seeds.split(",").map(Number)) {
  const startedMs = performance.now();
  const found = await findNetwork(device, { seed, images, testImages, mostMacs, workers });
  const searchSeconds = (performance.now() - startedMs) / 1000;
  const steps = found.supernet.step + found.tuned.step;
  const trained = await trainSupernet({
    space: scaled.space,
    seed,
    // The best network learned on from other images than the super-network did.
    images: 2 * images,
    steps,
    batch: 64,
    rate: 0.2,
    largestShare: 0,
    workers,
  });
  const baseline = deploySubnetwork(trained, {
    genes: largestGenes(scaled.space),
    seed: seed + 2000,
    images: testImages,
  });
  const row = {
    seed,
    searched: `${found.best.resolution} px, width ${found.best.width}`,
    searchedMacs: found.best.macs,
    searchedInt8: found.deployed.int8Accuracy,
    scaled: `${scaled.resolution} px, width ${scaled.width}`,
    scaledMacs: scaled.macs,
    scaledInt8: baseline.int8Accuracy,
    marginPoints: 100 * (found.deployed.int8Accuracy - baseline.int8Accuracy),
    searchSeconds,
  };
  console.error(JSON.stringify(row));
  rows.push(row);
}
console.log(tableToText(tableFromRows(rows)));
