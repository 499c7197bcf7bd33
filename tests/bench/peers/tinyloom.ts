import { type ConstantArray, createEngine, run } from "tinyloom";
import type { Peer } from "./peer.ts";

/** This project's engine, for comparison. */
export function tinyloom(threads: number): Peer {
  return {
    name: "tinyloom",
    threads,
    load(model) {
      const engine = createEngine(model, { threads });
      let [inputs, outputs]: (readonly ConstantArray[])[] = [[], []];
      return Promise.resolve({
        setInputs: (values) => void (inputs = values),
        run: () => void (outputs = run(engine, inputs)),
        outputs: () => outputs,
        dispose: () => engine[Symbol.dispose](),
      });
    },
  };
}
