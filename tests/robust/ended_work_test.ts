// What takes long and has nothing to give before its end hears in each of its parts that it is to end.
import { assert, assertEquals, assertRejects, assertThrows } from "../assert.ts";
import {
  accessPattern,
  caches,
  count,
  createEngine,
  dataSpaces,
  deploy,
  deploySubnetwork,
  describeData,
  emitC,
  fitBaseline,
  floatModel,
  interpret,
  linearBaseline,
  matmul,
  mobileNetV2Space,
  modelAccuracy,
  planMemory,
  quantizeModel,
  quantizeNetwork,
  randomStream,
  readModel,
  runReference,
  sample,
  simulateCache,
  simulateLayerCache,
  smallestGenes,
  subnetwork,
  trainSupernet,
  wakeWordImages,
  writeDeployment,
  writeModel,
  zeroCostScores,
  zoo,
} from "tinyloom";
import { type Host, setHost } from "../../lib/host.ts";
import { fired, firing } from "./fired.ts";

const model = zoo("mlperf-tiny-ad");
const kws = zoo("mlperf-tiny-kws");
const plan = planMemory(model);
const file = writeModel(model);
const layers = model.operators.length;
const engine = createEngine(model, { plan });
const nest = matmul({ m: 40, k: 50, n: 60 });
const points = 40 * 50 * 60;
const inputs = { A: new Float32Array(2000), B: new Float32Array(3000) };
const deployment = deploy(model, { plan, prefix: "ad", frames: [[new Int8Array(640)]] });

const trained = await trainSupernet({ images: 16, steps: 1, batch: 8 });
const genes = smallestGenes(trained.space);
const images = wakeWordImages({ seed: 2, count: 6, resolution: genes.resolution });
const network = subnetwork(trained, { genes, calibration: images });
const float = floatModel(network);
const splits = { train: images, validation: images, test: images };
const space = dataSpaces(images, { resolutions: [genes.resolution] })[0];
const networks = [1, 2, 3].map((seed) => sample(space, randomStream(seed, 0)));
const calibration = [1, 2, 3].map((value) =>
  new Float32Array(genes.resolution ** 2).fill(value / 3)
);

/** What ends by a signal, called with one, and how often it looks at least whether it is to end. */
const sync: Readonly<Record<string, readonly [(signal?: AbortSignal) => unknown, number]>> = {
  interpret: [(signal) => interpret(nest, inputs, { signal }), Math.floor(points / 4096)],
  simulateCache: [(signal) => simulateCache(nest, caches.cortexM7, { signal }), 2],
  simulateLayerCache: [
    (signal) => simulateLayerCache(engine, 3, { hierarchy: caches.cortexM7, signal }),
    1,
  ],
  "simulateLayerCache with inputs": [
    (signal) =>
      simulateLayerCache(engine, 3, {
        hierarchy: caches.cortexM7,
        inputs: [new Int8Array(640)],
        signal,
      }),
    4,
  ],
  accessPattern: [(signal) => accessPattern(nest, { signal }), 2],
  "count of a nest": [(signal) => count(nest, { signal }), 1],
  "count of a layer": [(signal) => count(engine, 0, { signal }), 1],
  createEngine: [(signal) => createEngine(model, { plan, signal }), 4 * layers],
  emitC: [(signal) => emitC(model, { plan, signal }), 4 * layers],
  deploy: [(signal) => deploy(model, { plan, signal }), 4 * layers],
  readModel: [(signal) => readModel(file, { signal }), layers + model.tensors.length],
  quantizeModel: [(signal) => quantizeModel(float, { inputs: calibration, signal }), 3 + 2],
  quantizeNetwork: [(signal) => quantizeNetwork(network, images, { signal }), 6 + 2],
  modelAccuracy: [(signal) => modelAccuracy(float, images, { signal }), 6 + 2],
  linearBaseline: [(signal) => linearBaseline(splits, { signal }), 5],
  describeData: [(signal) => describeData(splits, { signal }), 5],
  zeroCostScores: [
    (signal) => zeroCostScores({ space, networks, images }, { signal }),
    3,
  ],
  subnetwork: [
    (signal) => subnetwork(trained, { genes, calibration: images, signal }),
    1,
  ],
  wakeWordImages: [
    (signal) => wakeWordImages({ seed: 2, count: 6, resolution: 16, signal }),
    6,
  ],
  fitBaseline: [
    (signal) =>
      fitBaseline(mobileNetV2Space, { name: "small", sramBytes: 16_384, flashBytes: 131_072 }, {
        ...{ resolutions: [32], widths: [0.1, 0.2, 0.3], signal },
      }),
    2,
  ],
  "runReference, row by row": [
    (signal) => runReference(kws, [new Int8Array(490)], { signal }),
    // Of its first convolution 25 rows, of four pairs 25 each of both; 13 operators, twice.
    2 * kws.operators.length + 9 * 25,
  ],
  deploySubnetwork: [
    (signal) => deploySubnetwork(trained, { genes, test: images, calibration: images, signal }),
    3 * 6,
  ],
};

for (const [name, [work, least]] of Object.entries(sync)) {
  Deno.test(`${name} ends at its signal, and in each of its parts`, () => {
    assertEquals(assertThrows(() => work(fired()), DOMException).message, "enough");
    const looks = watchedLooks(Infinity, () => void work());
    assert(looks >= least, `${looks} looks, needed ${least}`);
    // The last look is heard, too, and nobody hears it who is not asked to.
    for (const after of [0, Math.floor(looks / 2), looks - 1]) {
      const end = () => watchedLooks(after, () => void work());
      assertEquals(assertThrows(end, DOMException).name, "AbortError");
    }
    work();
  });
}

Deno.test("a deployment that is ended leaves its folder as it was", async () => {
  const folder = await Deno.makeTempDir();
  await writeDeployment(deployment, folder);
  const before = await contents(folder);
  const other = deploy(model, { plan, prefix: "ad", optimize: "size", frames: [] });
  // Looked at once a file: it ends at each of them.
  const files = Object.keys(other.project.files).length;
  for (let after = 0; after <= files; after++) {
    await assertRejects(
      () => writeDeployment(other, folder, { signal: firing(after) }),
      DOMException,
    );
    assertEquals(await contents(folder), before);
  }
  await writeDeployment(other, folder, { signal: firing(files + 1) });
  assert(JSON.stringify(await contents(folder)) !== JSON.stringify(before));
  const fresh = `${folder}/a/b`;
  await assertRejects(() => writeDeployment(other, fresh, { signal: firing(2) }), DOMException);
  await assertRejects(() => Deno.stat(`${folder}/a`), Deno.errors.NotFound);
  await Deno.remove(folder, { recursive: true });
});

/** Does work beside a host whose stop button is pressed after so many looks; gives how often it looked. */
function watchedLooks(after: number, work: () => void): number {
  let looks = 0;
  const host: Host = {
    display: () => undefined,
    watch: () => null,
    lookOut: () => ({ isStopped: () => ++looks > after, end: () => {} }),
  };
  const before = setHost(host);
  try {
    work();
  } finally {
    setHost(before);
  }
  return looks;
}

async function contents(folder: string): Promise<Readonly<Record<string, string>>> {
  const found: Record<string, string> = {};
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    const path = `${folder}/${name}`;
    if (isDirectory) Object.assign(found, await contents(path));
    else found[path] = await Deno.readTextFile(path);
  }
  return found;
}
