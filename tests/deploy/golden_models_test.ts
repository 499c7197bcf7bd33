// Real models as C: outputs of TensorFlow Lite Micro, layer-wise and fused, every frame of a sequence.
import {
  type ConstantArray,
  emitC,
  type EmittedC,
  type Model,
  planMemory,
  type PlanOptions,
} from "../../mod.ts";
import { goldenFrames } from "../../lib/deploy/golden_frames.ts";
import { golden, goldenModels } from "../engine/golden.ts";
import { assertClose } from "../engine/same_as_reference.ts";
import { hasCommand, type Job, runJobs, sanitizers } from "./c_programs.ts";

const models = goldenModels();
const hasGcc = hasCommand("gcc");
const hasClang = hasCommand("clang");

const ways: Readonly<Record<string, PlanOptions>> = {
  "layer by layer": {},
  "in rolling rows": { fusion: "rolling" },
  "in rolling rows of an input outside of the arena": { fusion: "rolling", input: "external" },
  "in patches": { fusion: "patch" },
};

for (const { name, model, cases, frames } of models) {
  const inputOf = (file: string, frame?: number) => [
    golden({ name, file, frame }, model.tensors[model.inputs[0]]),
  ];
  const sequences = [
    ...cases.map((id) => [{ input: `input_${id}.bin`, output: `output_${id}`, frame: 0 }]),
    ...frames === null ? [] : [
      Array.from(
        { length: frames },
        (_, frame) => ({ input: "seq_input.bin", output: "seq_output", frame }),
      ),
    ],
  ];
  /** Where the plan takes integers in place of floats, C is handed what the engine would make of them. */
  const jobsOf = (emitted: EmittedC, some = sequences): Job[] =>
    some.map((frames) => {
      const given = frames.map(({ input, frame }) => inputOf(input, frame));
      const taken = goldenFrames(model, { plan: emitted.plan, frames: given });
      return { model, emitted, frames: taken.map(({ inputs }) => inputs) };
    });
  const real = (values: ConstantArray, index: number): ConstantArray => {
    if (values instanceof Float32Array) return values;
    const [output] = planMemory(model).outputs.slice(index);
    const { scales: [scale], zeroPoints: [zero] } = model.tensors[output].quantization!;
    return Float32Array.from(values as Int8Array, (q) => scale * (q - zero));
  };
  const assertGolden = (
    found: Awaited<ReturnType<typeof runJobs>>,
    what: string,
  ) =>
    found.forEach((frames, sequence) =>
      frames.forEach((outputs, i) => {
        const { output, frame } = sequences[sequence][i];
        outputs.forEach((values, index) => {
          const file = `${output}.${index}.bin`;
          const expected = golden({ name, file, frame }, model.tensors[model.outputs[index]]);
          const found = expected instanceof Float32Array ? real(values, index) : values;
          assertClose(found, expected, `${what}, ${file}, frame ${frame}`);
        });
      })
    );

  Deno.test({
    name: `${name} in C gives TensorFlow Lite Micro's outputs in every kind of plan (needs gcc)`,
    ignore: !hasGcc,
    fn: async () => {
      for (const [way, options] of Object.entries(ways)) {
        const emitted = printed(model, options);
        assertGolden(await runJobs(jobsOf(emitted), { flags: ["-O1"] }), way);
      }
    },
  });

  Deno.test({
    name: `${name} in C has no undefined behaviour (needs gcc)`,
    ignore: !hasGcc,
    fn: async () => {
      const emitted = printed(model, { fusion: "rolling" });
      const some = sequences.slice(0, 1);
      assertGolden(
        await runJobs(jobsOf(emitted, some), { flags: ["-O1", ...sanitizers] }),
        "checked",
      );
    },
  });
}

function printed(model: Model, options: PlanOptions) {
  return emitC(model, { plan: planMemory(model, options), prefix: "golden", frames: [] });
}

const small = models.find(({ name }) => name === "kws_ref_model");

Deno.test({
  name: "kws_ref_model in C compiles without warnings under clang too (needs clang)",
  ignore: small === undefined || !hasClang,
  fn: async () => {
    const { model } = small!;
    const emitted = printed(model, {});
    const input = golden(
      { name: "kws_ref_model", file: "input_0.bin" },
      model.tensors[model.inputs[0]],
    );
    const [[[found]]] = await runJobs([{ model, emitted, frames: [[input]] }], {
      compiler: "clang",
    });
    const expected = golden(
      { name: "kws_ref_model", file: "output_0.0.bin" },
      model.tensors[model.outputs[0]],
    );
    assertClose(found, expected, "clang");
  },
});
