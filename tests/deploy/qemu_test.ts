// Models as C on a Cortex-M4 and a Cortex-M55 in QEMU, through the harness of ../shared/mcu.
import { type CTarget, emitC, planMemory, type PlanOptions, techniqueNames } from "../../mod.ts";
import { assert, assertMatch } from "../assert.ts";
import { goldenModels } from "../engine/golden.ts";
import { hasCommand } from "./c_programs.ts";

const shared = new URL("../../../shared/", import.meta.url).pathname;
const hasTools = hasCommand("arm-none-eabi-gcc") && hasCommand("qemu-system-arm");
const models = hasTools ? goldenModels() : [];

/** A model in a plan as C, and the most instructions that an inference may take. */
interface Run {
  readonly name: string;
  readonly options: PlanOptions;
  readonly target: CTarget;
  readonly mostInstructions: number;
}

const rolling = { fusion: "rolling", input: "external" } as const;
/** The graph's own types, as golden data has them. */
const floats = { techniques: techniqueNames.filter((name) => name !== "integer-edges") };
const any = Infinity;

const runs: readonly Run[] = [
  ...(["kws_ref_model", "person_detect", "ad01_int8", "hello_world_int8"] as const).map((name) => (
    { name, options: {}, target: "portable" as const, mostInstructions: any }
  )),
  { name: "kws_ref_model", options: rolling, target: "portable", mostInstructions: any },
  // TensorFlow Lite Micro with CMSIS-NN takes 21.43, 7.22, 45.02 and 0.573 million.
  { name: "person_detect", options: {}, target: "cortex-m4", mostInstructions: 9.7e6 },
  { name: "kws_ref_model", options: {}, target: "cortex-m4", mostInstructions: 3.3e6 },
  { name: "mcunet_vww1", options: floats, target: "cortex-m4", mostInstructions: 18.0e6 },
  // Integers at its edges: the glue quantizes the harness's floats, within the arena.
  { name: "mcunet_vww1", options: {}, target: "cortex-m4", mostInstructions: 18.0e6 },
  { name: "ad01_int8", options: {}, target: "cortex-m4", mostInstructions: 0.36e6 },
  { name: "hello_world_int8", options: {}, target: "cortex-m4", mostInstructions: any },
  // Fused: at most 1.15 times as many.
  { name: "person_detect", options: rolling, target: "cortex-m4", mostInstructions: 9.7e6 * 1.15 },
  { name: "kws_ref_model", options: rolling, target: "cortex-m4", mostInstructions: 3.3e6 * 1.15 },
  // With Helium 6.383, 1.784, 11.829 and 0.150 million: at most 0.7 times as many for models of
  // depthwise and pointwise convolutions, 0.9 for fully connected layers.
  { name: "person_detect", options: {}, target: "cortex-m55", mostInstructions: 0.7 * 6_383_341 },
  { name: "kws_ref_model", options: {}, target: "cortex-m55", mostInstructions: 0.7 * 1_783_731 },
  {
    name: "mcunet_vww1",
    options: floats,
    target: "cortex-m55",
    mostInstructions: 0.7 * 11_828_872,
  },
  { name: "ad01_int8", options: {}, target: "cortex-m55", mostInstructions: 0.9 * 149_989 },
  { name: "hello_world_int8", options: {}, target: "cortex-m55", mostInstructions: any },
  {
    name: "person_detect",
    options: rolling,
    target: "cortex-m55",
    mostInstructions: 0.7 * 6_383_341,
  },
];

/** The board that the harness runs a target's code on. */
function boardOf(target: CTarget): "m4" | "m55" {
  return target === "cortex-m55" ? "m55" : "m4";
}

for (const { name, options, target, mostInstructions } of runs) {
  const found = models.find((model) => model.name === name);
  Deno.test({
    name: `${name} in C for ${target} on a Cortex-${boardOf(target).toUpperCase()}, ${
      options.fusion ?? "layer by layer"
    }, is exact within its bytes (needs ../shared, arm-none-eabi-gcc, qemu-system-arm)`,
    ignore: found === undefined,
    fn: async () => {
      const plan = planMemory(found!.model, options);
      const { files, memory } = emitC(found!.model, {
        plan,
        target,
        prefix: "golden",
        frames: [],
      });
      const folder = Deno.makeTempDirSync();
      try {
        const sources = Object.keys(files).filter((file) => !file.includes("/"));
        for (const file of sources) Deno.writeTextFileSync(`${folder}/${file}`, files[file]);
        const { success, stdout, stderr } = await new Deno.Command(`${shared}mcu/run.sh`, {
          args: [boardOf(target), ...sources.filter((file) => file.endsWith(".c")), "-I."],
          cwd: folder,
          env: { GOLDEN: `${shared}models/${name}`, RUNS: "0,1", OUT: `${folder}/out` },
        }).output();
        const [text, errors] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
        assert(success, text + errors);
        assertMatch(text, /outputs: equal/);
        const instructions = Number(/instructions: (\d+)/.exec(text)![1]);
        assert(instructions <= mostInstructions, `${instructions} instructions`);
        const stackBytes = Number(/stack: (\d+)/.exec(text)![1]);
        assert(target === "portable" || stackBytes <= 512, `${stackBytes} bytes of stack`);
        const ramBytes = Number(/static RAM: (\d+)/.exec(text)![1]);
        const { arenaBytes, scratchBytes, stateBytes, externalBytes } = memory;
        const promised = arenaBytes + scratchBytes + stateBytes + externalBytes;
        // What the linker puts between arrays, and one word for the state's reset.
        assert(ramBytes >= promised && ramBytes <= promised + 64, `${ramBytes}, not ${promised}`);
      } finally {
        Deno.removeSync(folder, { recursive: true });
      }
    },
  });
}
