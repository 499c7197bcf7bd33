import type { Engine } from "./engine.ts";
import { initialState } from "./reference/initial_state.ts";
import { runtimeOf } from "./runtime.ts";

/**
 * Sets the state that lives from run to run (of SVDF) to what it is before the first run.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { createEngine, resetState, zoo } from "tinyloom";
 *
 * using engine = createEngine(zoo("mlperf-tiny-ad"));
 * resetState(engine); // nothing to do: no operator keeps state
 * assert.equal(engine.memory.stateBytes, 0);
 * ```
 *
 * @category Engine
 */
export function resetState(engine: Engine): void {
  const { bytes, map } = runtimeOf(engine);
  for (const [tensor, { buffer }] of initialState(engine.model)) {
    bytes.set(new Uint8Array(buffer), map.addressOf(tensor)!);
  }
}
