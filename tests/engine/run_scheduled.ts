import { ConstantPool } from "../../lib/engine/constant_pool.ts";
import { buildModule } from "../../lib/engine/build_module.ts";
import { chooseKernel } from "../../lib/engine/kernels/choose_kernel.ts";
import type { LayerKernel } from "../../lib/engine/layer.ts";
import { mapMemory } from "../../lib/engine/memory_map.ts";
import { prepareLayers } from "../../lib/engine/prepare_layers.ts";
import { type Model, planMemory, type Step } from "../../mod.ts";

const PAGE_BYTES = 65536;

/** What a model of one operator makes of its input by a reader's steps, and its kernel. */
export function runScheduled(
  model: Model,
  { input, steps }: { readonly input: Float32Array; readonly steps: readonly Step[] | null },
): { readonly output: Float32Array; readonly kernel: LayerKernel } {
  const plan = planMemory(model, { techniques: ["optimal-offsets"] });
  const map = mapMemory(model, plan);
  const constants = new ConstantPool();
  const [layer] = prepareLayers({
    ...{ model, plan, map, constants, threads: 1, checks: null, hasRelaxedDot: false },
    ...{ choices: null, scalar: null },
  });
  const kernel = chooseKernel({ ...layer, schedule: steps });
  const { spaces } = map;
  const memoryPages = Math.ceil((spaces.constants + constants.sizeBytes) / PAGE_BYTES);
  const wasm = buildModule([kernel], { memoryPages, spaces, shared: false, checked: false });
  const memory = new WebAssembly.Memory({ initial: memoryPages, maximum: memoryPages });
  constants.writeTo(new Uint8Array(memory.buffer, spaces.constants));
  const floatsOf = (tensor: number, count: number) => {
    const { space, offsetBytes } = map.placeOf(tensor)!;
    return new Float32Array(memory.buffer, spaces[space] + offsetBytes, count);
  };
  floatsOf(model.inputs[0], input.length).set(input);
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(wasm), {
    kernel: { memory },
  });
  (exports.run as (...args: number[]) => void)(0, 1, -1);
  const { shape } = model.tensors[model.outputs[0]];
  const output = floatsOf(model.outputs[0], shape.reduce((product, size) => product * size, 1));
  return { output: output.slice(), kernel };
}
