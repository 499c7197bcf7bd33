import { type ConstantArray, macs, type Model, type Timed, type Verification } from "tinyloom";
import { checksum } from "../../../lib/measure/timed_nest.ts";
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

function verification(outputs: readonly ConstantArray[], wanted: ModelCase): Verification {
  const { model, expected, dtype, toleratedSteps } = wanted;
  let [maxError, largest] = [0, 0];
  expected.forEach((values, output) => {
    const step = dtype === "float32" ? 1 : stepOf(model, model.outputs[output]);
    values.forEach((value, at) => {
      const error = Math.abs(Number(outputs[output][at]) - Number(value)) / step;
      if (!(error <= maxError)) maxError = Number.isNaN(error) ? Infinity : error;
      largest = Math.max(largest, Math.abs(Number(value)));
    });
  });
  const tolerance = dtype === "float32" ? floatTolerance * largest : toleratedSteps;
  return { verified: maxError <= tolerance, checksum: checksum(outputs[0]), maxError, tolerance };
}

/** The difference between neighbouring values of an output: a scale if it was dequantized. */
function stepOf({ tensors, operators }: Model, output: number): number {
  const last = operators.find(({ outputs }) => outputs.includes(output));
  return last?.op === "DEQUANTIZE" ? tensors[last.inputs[0]].quantization!.scales[0] : 1;
}
