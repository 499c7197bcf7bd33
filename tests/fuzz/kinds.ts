// What there is to try: of each kind, the case of a number and a seed.
import fc from "fast-check";
import {
  createEngine,
  createPool,
  decodeImage,
  EngineError,
  execute,
  interpret,
  loadTable,
  type Nest,
  planMemory,
  randomFrame,
  readFrames,
  readNpy,
  run,
  runReference,
  saveTable,
  tableFromRows,
  type TensorData,
  type ThreadPool,
  validatePlan,
  writeNpy,
  zoo,
} from "tinyloom";
import { randomInputs } from "../codegen/random_data.ts";
import { randomNest } from "../codegen/random_nest.ts";
import { randomChoices, schedule } from "../codegen/random_schedule.ts";
import { randomBelow } from "../model/mutations.ts";
import { drawer, randomGraph } from "../plan/random_graph.ts";
import { mutants } from "./mutants.ts";
import { planEdits } from "./plan_edits.ts";
import { tryModel } from "./try_model.ts";
import { tryPlan } from "./try_plan.ts";

/** One thing to try. */
export interface Case {
  /** Says how it ended; throws for whatever should not have happened. */
  readonly run: () => string | Promise<string>;
  /** What it is, to look at where it fails, and the ending of a file of it. */
  readonly what: () => Uint8Array | string;
  readonly extension: string;
}

/** Makes the case of a number. */
export type CaseOf = (index: number, seed: number) => Case;

/** Every kind, by its name. */
export const kinds: Readonly<Record<string, () => CaseOf | Promise<CaseOf>>> = {
  models: async () => {
    const mutantOf = await mutants();
    return (index, seed) => {
      const mutant = mutantOf(index, seed);
      return { run: () => tryModel(mutant), what: () => mutant, extension: "tflite" };
    };
  },
  plans: () => {
    const editOf = planEdits();
    return (index, seed) => {
      const edited = editOf(index, seed);
      const what = () => JSON.stringify({ edits: edited.edits, plan: edited.plan }, null, 1);
      return { run: () => tryPlan(edited), what, extension: "json" };
    };
  },
  graphs: () => graphOf,
  schedules: () => {
    const pool = createPool(2);
    return (index, seed) => scheduleOf(pool, seed * 1_000_003 + index);
  },
  inputs: async () => {
    const files = await inputFiles();
    return (index, seed) => inputOf(files, index, randomBelow(seed * 1_000_003 + index));
  },
};

/** A random graph, planned in a random way, and run beside the reference. */
function graphOf(index: number, seed: number): Case {
  const draw = drawer(seed * 1_000_003 + index);
  const shape = { operators: 1 + draw(12), extent: 1 + draw(16), channels: 1 + draw(8) };
  const model = randomGraph(draw, shape);
  const options = {
    fusion: (["none", "patch", "rolling", "best"] as const)[draw(4)],
    alignmentBytes: [1, 1, 4, 11, 16][draw(5)],
    input: (["resident", "external"] as const)[draw(2)],
    timeLimitMs: 500,
  };
  return {
    what: () => JSON.stringify({ options, operators: model.operators, tensors: model.tensors }),
    extension: "json",
    run: () => {
      const plan = planMemory(model, options);
      const [finding] = validatePlan(plan, model);
      if (finding !== undefined) throw new Error(`an invalid plan: ${finding.message}`);
      if (plan.lowerBoundBytes > plan.peakBytes) {
        throw new Error(`a bound of ${plan.lowerBoundBytes} above the peak of ${plan.peakBytes}`);
      }
      const frame = randomFrame(model, { seed: 1 });
      const [found, right] = [
        () => {
          using engine = createEngine(model, { plan, checked: index % 2 === 0 });
          return String(run(engine, frame));
        },
        () => String(runReference(model, frame).outputs),
      ].map(saidOrRefused);
      if (found !== right) throw new Error(`${found.slice(0, 200)}, needed ${right.slice(0, 200)}`);
      if (right.startsWith("EngineError")) return "not run";
      return plan.segments.length > 0 ? "fused" : "ran";
    },
  };
}

/** What an engine gives, or the words in which it refuses. */
function saidOrRefused(act: () => string): string {
  try {
    return act();
  } catch (error) {
    if (error instanceof EngineError) return `${error}`;
    throw error;
  }
}

/** A random nest and schedule, by the interpreter, on one thread and on two. */
function scheduleOf(pool: ThreadPool, seed: number): Case {
  const [[plain, choices]] = fc.sample(fc.tuple(randomNest, randomChoices), { seed, numRuns: 1 });
  const { nest } = schedule(plain, choices);
  const [output] = nest.tensors.filter(({ role }) => role === "output").map(({ name }) => name);
  return {
    what: () => JSON.stringify({ axes: nest.axes, body: nest.body, steps: nest.steps }),
    extension: "json",
    run: () => {
      const inputs = randomInputs(nest, seed);
      const expected = String(interpret(plain, inputs)[output]);
      const on = (how: object) => String(computed(nest, inputs, how)[output]);
      if (on({}) !== expected) throw new Error(`wrong on one thread: ${plain.name}`);
      const isParallel = nest.loops.some(({ mode }) => mode === "parallel");
      if (isParallel && on({ pool }) !== expected) throw new Error(`wrong on two: ${plain.name}`);
      return isParallel ? "two threads" : "one thread";
    },
  };
}

function computed(nest: Nest, inputs: Record<string, TensorData>, how: object) {
  return execute(nest, inputs, { ...how, relaxedDot: true });
}

interface InputFile {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** A file of pictures, arrays, sound or tables with a few bytes changed, cut off or doubled. */
function inputOf(
  files: readonly InputFile[],
  index: number,
  random: (below: number) => number,
): Case {
  const { name, bytes } = files[index % files.length];
  let damaged = bytes.slice();
  for (let edit = 0; edit <= random(4); edit++) {
    const at = random(damaged.length);
    const value = [0, 1, 127, 128, 255, random(256)][random(6)];
    if (random(8) === 0) damaged = damaged.slice(0, Math.max(1, at));
    else damaged[at] = value;
  }
  return {
    what: () => damaged,
    extension: name.split(".").at(-1)!,
    run: async () => {
      try {
        await read(name, damaged);
        return "read";
      } catch (error) {
        if (error instanceof TypeError || error instanceof RangeError) return "refused";
        throw error;
      }
    },
  };
}

async function read(name: string, bytes: Uint8Array): Promise<void> {
  if (name.endsWith(".npy")) readNpy(bytes);
  else if (name.endsWith(".arrow")) {
    const path = await Deno.makeTempFile({ suffix: ".arrow" });
    try {
      await Deno.writeFile(path, bytes);
      await loadTable(path);
    } finally {
      await Deno.remove(path);
    }
  } else if (/\.(png|jpg|bmp|gif)$/.test(name)) await decodeImage(bytes);
  else await readFrames([{ name, bytes }], zoo("mlperf-tiny-ad"));
}

async function inputFiles(): Promise<readonly InputFile[]> {
  const path = await Deno.makeTempFile({ suffix: ".arrow" });
  const rows = Array.from({ length: 12 }, (_, i) => ({ kernel: `k${i % 3}`, medianNs: i + 0.5 }));
  await saveTable(path, tableFromRows(rows));
  const arrow = await Deno.readFile(path);
  await Deno.remove(path);
  const values = new Int8Array(640).map((_, i) => i);
  const wav = new Uint8Array(44 + 1280);
  wav.set(new TextEncoder().encode("RIFF____WAVEfmt "));
  wav.set([16, 0, 0, 0, 1, 0, 1, 0, 0x80, 0x3e, 0, 0, 0, 0x7d, 0, 0, 2, 0, 16, 0], 16);
  wav.set(new TextEncoder().encode("data\0\x05"), 36);
  return [
    { name: "x.arrow", bytes: arrow },
    { name: "x.npy", bytes: writeNpy({ dtype: "int8", shape: [1, 640], values }) },
    { name: "x.wav", bytes: wav },
    { name: "x.csv", bytes: new TextEncoder().encode(values.join(", ")) },
    ...Object.entries(PICTURES).map(([name, text]) => ({
      name,
      bytes: Uint8Array.fromBase64(text),
    })),
  ];
}

/** Small pictures: PNG and GIF of one pixel, JPEG of 16 x 8, BMP of 1 x 1. */
const PICTURES: Readonly<Record<string, string>> = {
  "x.png":
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==",
  "x.gif": "R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7",
  "x.bmp": "Qk06AAAAAAAAADYAAAAoAAAAAQAAAAEAAAABABgAAAAAAAQAAAAAAAAAAAAAAAAAAAAAAAAA////AA==",
  "x.jpg":
    "/9j/2wBDAAMCAgMCAgMDAwMEAwMEBQgFBQQEBQoHBwYIDAoMDAsKCwsNDhIQDQ4RDgsLEBYQERMUFRUVDA8XGBYUGB" +
    "IUFRT/2wBDAQMEBAUEBQkFBQkUDQsNFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQU" +
    "FBQUFBT/wAARCAAIABADAREAAhEBAxEB/8QAFQABAQAAAAAAAAAAAAAAAAAABgf/xAAUEAEAAAAAAAAAAAAAAAAAAA" +
    "AA/8QAFgEBAQEAAAAAAAAAAAAAAAAACQcI/8QAFBEBAAAAAAAAAAAAAAAAAAAAAP/aAAwDAQACEQMRAD8AmiSNgCpK" +
    "BiP/2Q==",
};
