import { type ConstantArray, macs, type Timed, type Verification } from "tinyloom";
import { checksum } from "../../../lib/measure/checksum.ts";
import type { ModelCase } from "./model_case.ts";
import type { LoadedModel, Peer } from "./peer.ts";

/** A model that a peer has loaded, as `measure` takes it. */
export function timedPeer(peer: Peer, loaded: LoadedModel, wanted: ModelCase): Timed {
  loaded.setInputs(wanted.inputs);
  const run = () => loaded.run();
  return {
    name: peer.name,
    shape: wanted.name,
    dtype: wanted.dtype,
    schedule: [],
    threads: peer.threads,
    macs: macs(wanted.model),
    async verify() {
      await run();
      return verification(loaded.outputs(), wanted);
    },
    warm: run,
    run,
  };
}

/** Error that float32 may reach, in shares of the largest output. */
const floatTolerance = 1e-4;

/**
 * Error that quantized layers may reach. XNNPACK rounds in float32 what TFLM rounds in integers: a
 * layer may be off by one, and layers behind it carry that on.
 */
const quantizedTolerance = 0.1;

function verification(
  outputs: readonly ConstantArray[],
  { expected, dtype }: ModelCase,
): Verification {
  let [largest, maxError] = [0, 0];
  expected.forEach((values, output) =>
    values.forEach((value, at) => {
      const error = Math.abs(Number(outputs[output][at]) - Number(value));
      maxError = Math.max(maxError, error);
      largest = Math.max(largest, Math.abs(Number(value)));
    })
  );
  const tolerance = largest * (dtype === "float32" ? floatTolerance : quantizedTolerance);
  return { verified: maxError <= tolerance, checksum: checksum(outputs[0]), maxError, tolerance };
}
