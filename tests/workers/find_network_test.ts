// A whole search on workers that are killed while they train, behind a server that is restarted.
import { assertEquals } from "../assert.ts";
import { connectWorkers, findNetwork, type FindNetworkOptions, wakeWordSpaces } from "tinyloom";
import { connect, jetstreamManager } from "../../lib/npm/nats.ts";
import { DATA, TASKS } from "../../lib/workers/nats_link.ts";
import { hasServer, startServer, startWorker } from "./nats_server.ts";

const device = { name: "small", sramBytes: 16_384, flashBytes: 65_536 };
const small: FindNetworkOptions = {
  spaces: wakeWordSpaces({ resolutions: [32], widths: [0.2, 0.3], depths: [1] }),
  ...{ samples: 8, networks: 4, images: 32, batch: 8, validationImages: 20 },
  ...{ steps: 60, tuningSteps: 40, quantizedSteps: 40, pieceSteps: 20 },
  ...{ population: 2, parents: 1, generations: 0, front: 1 },
  ...{ calibrationImages: 8, testImages: 10, seed: 5 },
};

Deno.test({
  name: "a network is found with the same bits by workers that are killed while they train",
  ignore: !hasServer,
  sanitizeOps: false,
  sanitizeResources: false,
  fn: async () => {
    await using server = await startServer();
    const found = async (more: FindNetworkOptions) => {
      const told: unknown[] = [];
      const onProgress: FindNetworkOptions["onProgress"] = (event) => {
        told.push(event);
        more.onProgress?.(event);
      };
      const { best, supernet, tuned, deployed, calibrated } = await findNetwork(device, {
        ...{ ...small, ...more, onProgress },
      });
      const { parameters, velocities, history } = tuned;
      return {
        ...{ best, told, history },
        weights: [supernet.parameters, supernet.velocities, parameters, velocities].map(base64),
        files: [deployed.tflite, calibrated.tflite].map(base64),
      };
    };
    const here = await found({});
    {
      await using machines = await connectWorkers({ servers: server.url });
      await using first = startWorker(server.url, { own: false });
      await using second = startWorker(server.url, { own: false, args: ["--slots", "2"] });
      const others: AsyncDisposable[] = [];
      const there = await found({
        machines,
        workers: 2,
        onProgress: (event) => {
          if (!("step" in event)) return;
          // One of them has the next piece by then.
          if (event.stage === "training" && event.step === 20) {
            setTimeout(() => {
              first.kill("SIGKILL");
              second.kill("SIGKILL");
              others.push(startWorker(server.url, { own: false }));
            }, 300);
          }
          if (event.stage === "tuning" && event.step === 20) void server.restart();
        },
      });
      assertEquals(there.told, here.told);
      assertEquals(there.best, here.best);
      assertEquals(there.weights.map((text, i) => text === here.weights[i]), Array(4).fill(true));
      assertEquals(there.files.map((text, i) => text === here.files[i]), [true, true]);
      for (const each of others) await each[Symbol.asyncDispose]();
    }
    const nats = await connect({ servers: server.url });
    const { streams } = await jetstreamManager(nats);
    for (const name of [TASKS, DATA]) assertEquals((await streams.info(name)).state.messages, 0);
    await nats.close();
  },
});

function base64({ buffer, byteOffset, byteLength }: Uint8Array | Float32Array): string {
  return new Uint8Array(buffer as ArrayBuffer, byteOffset, byteLength).toBase64();
}
