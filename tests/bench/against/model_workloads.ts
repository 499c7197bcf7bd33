import {
  type ConstantArray,
  elements,
  type FusionMode,
  macs,
  type Model,
  operatorMacs,
  randomFrame,
  writeModel,
} from "tinyloom";
import { sharedModels } from "../../model/shared_models.ts";
import { chosenModel } from "../peers/chosen_model.ts";
import { layerOf } from "../peers/single_layer.ts";
import { builtKernel } from "./lab_workloads.ts";
import type { Revision } from "./revision.ts";
import type { Built, Output, Workload } from "./workload.ts";

const wide = "zoo:mobilenet_v2,width=0.35,resolution=144";

// A third of a microsecond: what is timed is the call.
const tooSmall = "hello_world_int8";

/** What is timed of models: everything, or a choice that is quickly done. */
function choice(quick: boolean) {
  const shared = sharedModels().map(({ name }) => name).filter((name) => name !== tooSmall);
  return quick
    ? {
      models: [
        ...shared.filter((name) => name === "person_detect" || name === "kws_ref_model"),
        "zoo:mlperf-tiny-ic",
        "zoo:mlperf-tiny-vww",
        wide,
        "float:zoo:mlperf-tiny-ic",
        "float:zoo:mcunet-vww1",
      ],
      fused: [["zoo:mlperf-tiny-vww", "rolling"]] as const,
      created: ["zoo:mlperf-tiny-ic", "float:zoo:mlperf-tiny-kws"],
      layersOf: ["zoo:mlperf-tiny-ic", "zoo:mlperf-tiny-vww", "float:zoo:mlperf-tiny-kws"],
    }
    : {
      models: [
        ...shared,
        "zoo:mlperf-tiny-ic",
        "zoo:mlperf-tiny-kws",
        "zoo:mlperf-tiny-vww",
        "zoo:mcunet-in3",
        wide,
        "float:zoo:mlperf-tiny-ic",
        "float:zoo:mlperf-tiny-kws",
        "float:zoo:mcunet-vww1",
      ],
      fused: [
        ["zoo:mlperf-tiny-vww", "rolling"],
        ["zoo:mcunet-vww1", "patch"],
        ["zoo:mcunet-vww1", "rolling"],
        [wide, "rolling"],
      ] as const,
      created: ["zoo:mlperf-tiny-ic", "zoo:mlperf-tiny-vww", wide, "float:zoo:mlperf-tiny-kws"],
      layersOf: [
        ...shared,
        "zoo:mlperf-tiny-ic",
        "zoo:mlperf-tiny-vww",
        "zoo:mlperf-tiny-kws",
        "zoo:mcunet-in3",
        "zoo:mbv2-w0.35-r144",
        "float:zoo:mlperf-tiny-kws",
        "float:zoo:mcunet-vww1",
      ],
    };
}

/** Whole models on one thread, layer by layer and in segments. */
export async function modelWorkloads({ quick }: { readonly quick: boolean }) {
  const { models, fused } = choice(quick);
  const found: Workload[] = [];
  for (const name of models) found.push(modelWorkload(name, await chosenModel(name)));
  for (const [name, fusion] of fused) {
    found.push(modelWorkload(`${name} ${fusion}`, await chosenModel(name), { fusion }));
  }
  return found;
}

/** What it takes to plan and compile: models, and kernels of the lab. */
export async function createWorkloads({ quick }: { readonly quick: boolean }) {
  const found: Workload[] = [];
  for (const name of choice(quick).created) {
    const { build, ...workload } = modelWorkload(name, await chosenModel(name));
    const file = writeModel(await chosenModel(name));
    found.push({
      ...workload,
      group: "create",
      name: `createEngine ${name}`,
      build: (revision) => {
        const model = revision.readModel(file);
        const create = () => revision.createEngine(model)[Symbol.dispose]();
        return { ...build(revision), warm: create, run: create };
      },
    });
  }
  const sizes = { m: 256, k: 256, n: 256 };
  const compiled = (revision: Revision): Built => {
    const nest = revision.bestMatmul(sizes);
    const compile = () => void revision.compile(nest, { fma: true });
    return { ...builtKernel(revision, nest), warm: compile, run: compile };
  };
  const best = { name: "compile best 256x256x256", dtype: "f32", macs: 256 ** 3 };
  return [...found, { group: "create", ...best, build: compiled } as const];
}

const leastMacs = 50_000;
const leastElements = 4096;
const moveNothing = ["RESHAPE", "SQUEEZE", "EXPAND_DIMS"];

/**
 * The layers of models, one of each kind, as models of one operator. Left out are those that are over
 * before their inputs are copied, and those with state.
 */
export async function layerWorkloads({ quick }: { readonly quick: boolean }) {
  const found = new Map<string, Workload>();
  for (const name of choice(quick).layersOf) {
    const model = await chosenModel(name);
    const { tensors } = model;
    model.operators.forEach((operator, index) => {
      const inputs = operator.inputs.filter((input) => input !== -1);
      const shapes = inputs.map((input) => `${tensors[input].dtype} ${tensors[input].shape}`);
      const output = tensors[operator.outputs[0]];
      const isSmall = (operatorMacs(operator, tensors) ?? 0) < leastMacs &&
        elements(output.shape) < leastElements;
      if (isSmall || moveNothing.includes(operator.op)) return;
      if (inputs.some((input) => tensors[input].isVariable)) return;
      const key = JSON.stringify([operator.op, operator.attributes, shapes]);
      if (found.has(key)) return;
      const title = `${name} ${index} ${operator.op} ${output.shape.slice(1).join("x")}`;
      found.set(key, { ...modelWorkload(title, layerOf(operator, model)), group: "layers" });
    });
  }
  return [...found.values()];
}

/** Both revisions read the same file: models in memory may not be the same in both. */
function modelWorkload(
  name: string,
  model: Model,
  { fusion }: { readonly fusion?: FusionMode } = {},
): Workload {
  const file = writeModel(model);
  const frame = randomFrame(model, { seed: 1 });
  return {
    group: "models",
    name,
    dtype: model.tensors[model.operators[0].outputs[0]].dtype,
    macs: macs(model),
    build: (revision) => builtModel(revision, { file, frame, fusion }),
  };
}

function builtModel(
  revision: Revision,
  { file, frame, fusion }: {
    readonly file: Uint8Array;
    readonly frame: readonly ConstantArray[];
    readonly fusion?: FusionMode;
  },
): Built {
  const model = revision.readModel(file);
  const plan = fusion && revision.planMemory(model, { fusion, pixels: 4, channels: 8 });
  const engine = revision.createEngine(model, { plan });
  const run = () => void revision.run(engine, frame);
  return {
    outputs: () => {
      revision.resetState(engine);
      return revision.run(engine, frame) as readonly Output[];
    },
    warm: run,
    run,
    [Symbol.dispose]: engine[Symbol.dispose],
  };
}
