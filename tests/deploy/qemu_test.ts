// Models as C on a Cortex-M4 in QEMU, through the harness of ../shared/mcu.
import { emitC, planMemory, type PlanOptions } from "../../mod.ts";
import { assert, assertMatch } from "../assert.ts";
import { goldenModels } from "../engine/golden.ts";
import { hasCommand } from "./c_programs.ts";

const shared = new URL("../../../shared/", import.meta.url).pathname;
const hasTools = hasCommand("arm-none-eabi-gcc") && hasCommand("qemu-system-arm");
const models = hasTools ? goldenModels() : [];

const runs: readonly (readonly [string, PlanOptions])[] = [
  ["kws_ref_model", {}],
  ["kws_ref_model", { fusion: "rolling", input: "external" }],
  ["person_detect", {}],
  ["ad01_int8", {}],
  ["hello_world_int8", {}],
];

for (const [name, options] of runs) {
  const found = models.find((model) => model.name === name);
  Deno.test({
    name:
      `${name} in C on a Cortex-M4, ${
        options.fusion ?? "layer by layer"
      }, is exact within its bytes ` +
      "(needs ../shared, arm-none-eabi-gcc, qemu-system-arm)",
    ignore: found === undefined,
    fn: async () => {
      const plan = planMemory(found!.model, options);
      const { files, memory } = emitC(found!.model, { plan, prefix: "golden", frames: [] });
      const folder = Deno.makeTempDirSync();
      try {
        const sources = Object.keys(files).filter((file) => !file.includes("/"));
        for (const file of sources) Deno.writeTextFileSync(`${folder}/${file}`, files[file]);
        const { success, stdout, stderr } = await new Deno.Command(`${shared}mcu/run.sh`, {
          args: ["m4", ...sources.filter((file) => file.endsWith(".c")), "-I."],
          cwd: folder,
          env: { GOLDEN: `${shared}models/${name}`, RUNS: "0,1", OUT: `${folder}/out` },
        }).output();
        const [text, errors] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
        assert(success, text + errors);
        assertMatch(text, /outputs: equal/);
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
