// What the layers of an engine really execute.
import { setInputs } from "../../lib/engine/run.ts";
import { runtimeOf } from "../../lib/engine/runtime.ts";
import type { ConstantArray, Engine } from "../../mod.ts";
import { countingCode, type Executed } from "../kernel/counting_code.ts";

const pageBytes = 65536;

/** Runs a model layer by layer, in code that counts: what each layer executed. */
export function executedLayers(
  engine: Engine,
  inputs: readonly ConstantArray[],
): readonly Executed[] {
  const { kernels, map: { spaces }, bytes } = runtimeOf(engine);
  setInputs(engine, inputs);
  let content = bytes.slice();
  return kernels.map(({ code, isParallel }) => {
    const counting = countingCode(code, { memoryPages: bytes.length / pageBytes, spaces });
    const { wasm, memoryPages, executed } = counting;
    const memory = new WebAssembly.Memory({ initial: memoryPages, maximum: memoryPages });
    new Uint8Array(memory.buffer).set(content);
    const module = new WebAssembly.Module(wasm);
    const { exports } = new WebAssembly.Instance(module, { kernel: { memory } });
    const call = exports[code[0].name] as (thread: number) => void;
    for (let thread = 0; thread < (isParallel ? engine.threads : 1); thread++) call(thread);
    content = new Uint8Array(memory.buffer).slice(0, bytes.length);
    return executed(memory.buffer);
  });
}
