// Whole models in the engine: outputs of TensorFlow Lite Micro's reference kernels, and every tensor on
// the way, in every plan, checked and unchecked.
import {
  type ConstantArray,
  createEngine,
  type Engine,
  type Model,
  type Plan,
  planMemory,
  resetState,
  run,
  runReference,
  zoo,
  zooNames,
} from "../../mod.ts";
import { elements, zeroValues } from "../../mod.ts";
import { setInputs } from "../../lib/engine/run.ts";
import { runtimeOf } from "../../lib/engine/runtime.ts";
import { assert, assertEquals } from "../assert.ts";
import { shared } from "../shared_files.ts";
import { golden, goldenModels } from "./golden.ts";
import { Numbers } from "./random_layer.ts";
import { assertClose, plainPlan } from "./same_as_reference.ts";

const models = goldenModels();

Deno.test({
  name: "there are golden models for the engine (needs ../shared)",
  ignore: shared === null,
  fn: () => assertEquals(models.length, 8),
});

for (const { name, model, cases, frames } of models) {
  const inputOf = (from: { file: string; frame?: number }) => [
    golden({ name, ...from }, model.tensors[model.inputs[0]]),
  ];
  const assertOutputs = (
    outputs: readonly ConstantArray[],
    expected: (i: number) => { file: string; frame?: number },
  ) => {
    model.outputs.forEach((tensor, i) => {
      const values = golden({ name, ...expected(i) }, model.tensors[tensor]);
      assertClose(outputs[i], values, `${name}, ${expected(i).file}`);
    });
  };

  Deno.test(`${name} in the engine gives TensorFlow Lite Micro's outputs`, () => {
    for (const checked of [false, true]) {
      for (const plan of [planMemory(model), plainPlan(model)]) {
        using engine = createEngine(model, { plan, checked });
        assertEquals(engine.memory.arenaBytes, plan.peakBytes);
        for (const id of cases) {
          resetState(engine);
          const outputs = run(engine, inputOf({ file: `input_${id}.bin` }));
          assertOutputs(outputs, (i) => ({ file: `output_${id}.${i}.bin` }));
        }
      }
    }
  });

  Deno.test(`${name} in the engine computes every tensor of the reference`, () => {
    const input = inputOf({ file: `input_${cases[0]}.bin` });
    for (const plan of [planMemory(model), plainPlan(model)]) {
      assertTensors(model, { plan, input });
    }
  });

  Deno.test(`${name} gives the same on two threads`, () => {
    using engine = createEngine(model, { threads: 2 });
    for (const id of cases) {
      resetState(engine);
      const outputs = run(engine, inputOf({ file: `input_${id}.bin` }));
      assertOutputs(outputs, (i) => ({ file: `output_${id}.${i}.bin` }));
    }
  });

  if (frames !== null) {
    Deno.test(`${name} in the engine keeps its state from frame to frame`, () => {
      using engine = createEngine(model);
      for (const again of [1, 2]) {
        resetState(engine);
        for (let frame = 0; frame < frames; frame++) {
          const outputs = run(engine, inputOf({ file: "seq_input.bin", frame }));
          assertOutputs(outputs, (i) => ({ file: `seq_output.${i}.bin`, frame }));
        }
        assert(again > 0);
      }
    });
  }
}

Deno.test("networks of the zoo, small, compute every tensor of the reference", () => {
  for (const name of zooNames()) {
    const model = zoo(name, /^mlperf/.test(name) ? {} : { resolution: 48 });
    const { shape, dtype } = model.tensors[model.inputs[0]];
    assertEquals(dtype, "int8");
    const input = [new Numbers(7).int8(elements(shape))];
    for (const plan of [planMemory(model), planMemory(model, { pixels: 4, channels: 16 })]) {
      assertTensors(model, { plan, input });
    }
  }
});

/** Runs layer by layer and compares what each one stores. */
function assertTensors(
  model: Model,
  { plan, input }: { readonly plan: Plan; readonly input: readonly ConstantArray[] },
): void {
  const expected = new Map<number, ConstantArray>();
  runReference(model, input, { onTensor: (index, values) => expected.set(index, values.slice()) });
  using engine = createEngine(model, { plan });
  setInputs(engine, input);
  plan.steps.forEach(({ outputs, name }, step) => {
    runtimeOf(engine).call(step);
    for (const tensor of outputs) {
      const values = stored(engine, tensor);
      assertClose(values, expected.get(tensor)!, `tensor ${tensor} of ${name}, step ${step}`);
    }
  });
}

function stored(engine: Engine, index: number): ConstantArray {
  const { dtype, shape } = engine.model.tensors[index];
  const values = zeroValues(dtype, elements(shape));
  const { bytes, map } = runtimeOf(engine);
  const address = map.addressOf(index)!;
  new Uint8Array(values.buffer).set(bytes.subarray(address, address + values.byteLength));
  return values;
}
