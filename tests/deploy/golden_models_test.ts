// Real models as C: outputs of TensorFlow Lite Micro, layer-wise and fused, every frame of a sequence.
import { goldenFrames } from "../../lib/deploy/c/array_texts.ts";
import {
  type ConstantArray,
  emitC,
  type EmittedC,
  type Model,
  planMemory,
  type PlanOptions,
} from "../../mod.ts";
import { golden, goldenModels } from "../engine/golden.ts";
import { assertClose } from "../engine/same_as_reference.ts";
import { hasCommand, type Job, runJobs, sanitizers } from "./c_programs.ts";

const models = goldenModels();
const hasGcc = hasCommand("gcc");
const hasClang = hasCommand("clang");

const fused: readonly PlanOptions[] = [
  { fusion: "rolling" },
  { fusion: "rolling", input: "external" },
  { fusion: "patch" },
];

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
  const reals = (values: ConstantArray, index: number): ConstantArray => {
    if (values instanceof Float32Array) return values;
    const [output] = planMemory(model).outputs.slice(index);
    const { scales: [scale], zeroPoints: [zero] } = model.tensors[output].quantization!;
    return Float32Array.from(values as Int8Array, (q) => scale * (q - zero));
  };
  const assertGolden = async (
    emitted: readonly EmittedC[],
    { some = sequences, ...options }: { some?: typeof sequences } & Parameters<typeof runJobs>[1],
  ) => {
    const runs = emitted.flatMap((each) => some.map((frames) => ({ each, frames })));
    const found = await runJobs(emitted.flatMap((each) => jobsOf(each, some)), options);
    runs.forEach(({ each, frames }, run) =>
      frames.forEach(({ output, frame }, i) =>
        found[run][i].forEach((values, index) => {
          const file = `${output}.${index}.bin`;
          const expected = golden({ name, file, frame }, model.tensors[model.outputs[index]]);
          const real = expected instanceof Float32Array ? reals(values, index) : values;
          assertClose(real, expected, `plan ${each.plan.fusion}, ${file}, frame ${frame}`);
        })
      )
    );
  };

  Deno.test({
    name: `${name} in C gives TensorFlow Lite Micro's outputs (needs gcc)`,
    ignore: !hasGcc,
    fn: () => assertGolden([printed(model, {})], {}),
  });

  Deno.test({
    name: `${name} in C gives the same in fused plans, without undefined behaviour (needs gcc)`,
    ignore: !hasGcc,
    fn: async () => {
      const emitted = fused.map((options, i) => printed(model, options, `fused${i}`));
      const some = [sequences[0], ...frames === null ? [] : [sequences.at(-1)!.slice(0, 3)]];
      await assertGolden(emitted, { some, flags: ["-O1", ...sanitizers], arena: "given" });
    },
  });
}

function printed(model: Model, options: PlanOptions, prefix = "golden") {
  return emitC(model, { plan: planMemory(model, options), prefix, frames: [] });
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
