import type { Knowledge, Schema } from "./infer_schema.ts";

const text: Schema = { type: "string" };
const texts: Schema = { type: "array", items: text };
const figure: Schema = { type: ["number", "string", "null"] };
const steps: Schema = {
  type: ["array", "null"],
  items: {
    type: "object",
    properties: { op: text },
    required: ["op"],
    additionalProperties: true,
  },
};

/** The steps of a convolution, each with the stage that it is for. */
const stagedSteps: Schema = {
  type: "array",
  items: {
    type: "object",
    properties: { stage: text, steps },
    required: ["stage", "steps"],
    additionalProperties: false,
  },
};

/** What rows have that were measured on another machine. */
const elsewhere: Record<string, Schema> = {
  machine: {
    type: ["string", "null"],
    description: "With --nats: the name of the machine that it was measured on.",
  },
  environment: { ...text, description: "With --nats: what that machine is, as JSON." },
};

/** What a few outputs of one machine cannot show. */
export const knowledge: Knowledge = {
  maps: ["versions", "devices", "names", "sizes"],
  own: {
    schedule: steps,
    "conv.schedule": stagedSteps,
    "tune.steps": steps,
    wasmFeatures: texts,
    "plan.unknown": texts,
    "plan.a": figure,
    "plan.b": figure,
    "model.a": figure,
    "model.b": figure,
    "deploy.instructions": { type: ["null", "integer"] },
    "compare.missingInA": texts,
    "compare.missingInB": texts,
    "compare.differing": texts,
  },
  nullable: {
    cpuModel: "string",
    cores: "integer",
    deno: "string",
    v8: "string",
    v8Flags: "string",
    timerStepNs: "integer",
    gitCommit: "string",
    gitDirty: "boolean",
    peakShare: "number",
    speedupLow: "number",
    speedupHigh: "number",
    speedupLowA: "number",
    speedupHighA: "number",
    speedupLowB: "number",
    speedupHighB: "number",
    cycles: "number",
    instructions: "number",
    cacheMisses: "number",
  },
  real:
    /(Ns|Ms|Share|PerS|PerByte|PerMac|Factor|gflops|fitness|width|milliseconds|^mean\w+|^speedup\w*|^q[13]Ns|scales|accuracy|load\w*|quantiles)$/,
  second: { model: "models", plan: "plans", reproduce: "command", tune: "nests" },
  optionalOfRows: { bench: { models: elsewhere }, tune: { rows: elsewhere, gain: elsewhere } },
  optional: {
    model: {
      warnings: { ...texts, description: "What is odd about the file." },
      notRead: { ...texts, description: "Parts of the file that are not read." },
      files: { ...texts, description: "Names of files that are packed behind the model." },
      folded: {
        type: "array",
        items: { type: "integer" },
        description: "Operators whose results are known before the model runs.",
      },
      macsPerTurn: {
        const: true,
        description: "There if multiply-accumulates are those of one turn of each loop.",
      },
    },
  },
};

const INSTRUCTIONS =
  "With --counters: instructions that the processor completed in a run; null: not counted.";

/**
 * Descriptions of what no interface has, or has in another sense, by name or by `command.name`; by
 * `command.$.name` of what stands in no other object.
 */
export const words: Readonly<Record<string, string>> = {
  remedies: "Other plans that were tried for a device that does not hold this one, until one fits.",
  gain: "The plain loops and the best schedule, or that of each seed, measured against each other.",
  schemaVersion: "Grows when a field is taken away or changes its meaning.",
  command: "The command line that the table was made by, if it ran again as a whole.",
  randomWeights: "Whether the weights are random, so that the outputs mean nothing.",
  ratio: "Time now over time then.",
  devices: "Whether each known device holds it, and why or why not.",
  findings: "What was looked for.",
  frame: "Which one, from 0.",
  frontier: "All trade-offs of memory and multiply-accumulates, if asked for.",
  gflops: "10^9 floating-point or integer operations a second: two for each multiply-accumulate.",
  groundShare: "Arena over that of the first rung.",
  kernelCalls: "Calls of kernels in one run: a step of a segment is called for each piece.",
  ladder: "What each technique saves on top of the ones before, if asked for.",
  loadAfter: "Load averages when the measurement ended; null where they may not be read.",
  loadBefore: "Load averages when the measurement began; null where they may not be read.",
  maxMs: "The longest warm-up of a variant.",
  minMs: "The shortest warm-up of a variant.",
  "bench.models": "One row for each model, plan and back end.",
  "bench.speedup": "How many times faster than by the first back end, by minima.",
  "bench.instructions": INSTRUCTIONS,
  "matmul.instructions": INSTRUCTIONS,
  "conv.instructions": INSTRUCTIONS,
  cycles: "With --counters: cycles of the core in a run; null: not counted.",
  cacheMisses: "With --counters: accesses of a run that missed the last cache; null: not counted.",
  counters: "With --counters: whose runs the processor counted, or why it counted none.",
  "deploy.peakBytes": "The arena.",
  "model.$.parameters": "Elements of all weights and biases.",
  "model.$.weightsBytes": "Bytes of all weights and biases.",
  "plan.$.ramBytes": "The arena, what kernels work in beside it, and state.",
  "plan.$.fits": "Whether the device holds it, or each of two; null: none was asked for.",
  "plan.$.reason": "Why, in words with figures; null: no device was asked for.",
  "run.$.model": "The file, or the name of a network of the zoo.",
  "search.source": "What was read, and how it was split.",
  "search.accuracy":
    "Of the network as it is deployed: shares of new examples classed right, 0 to 1.",
  "run.engine": "What ran it: the engine, `wasm`, or the reference interpreter.",
  "tune.seed": "Of the search that found the schedule.",
  "tune.ended":
    "Why that search ended: its budget, its evaluations, nothing left to try, or an interrupt.",
  "tune.evaluations": "Candidates of all searches of the size, those that were refused included.",
  "tune.environment": "How and where `rows` were measured; null where nothing was.",
  "tune.rows": "The best few of that search, measured against each other.",
  "tune.nests": "One for each of --sizes.",
  "tune.size": "Extents of the product: m, k and n.",
  ok: "Whether all that everything needs is there.",
  peakOperator: "The operator that needs the most.",
  rungs: "The optimizations, each on top of the one before.",
  sha256: "Of the bytes of all outputs.",
  startedUtc: "When the measurement began.",
  stopped: "Why it ended: all runs done, the budget, or an interrupt.",
  timeNs: "Time of this run.",
  totals: "The whole model.",
  warmup: "Time before the first sample.",
  what: "What was looked for.",
  whyNotLower: "What the bound is.",
};

/** The same, for properties of objects that no interface is like. */
export const otherwise: Readonly<Record<string, string>> = {
  environment: "How and where it was measured.",
  rows: "The rows of the table.",
  steps: "The steps of the schedule.",
  op: "Which step; what else it takes stands beside.",
  stage: "The stage of the computation that the steps are for.",
  "ablate.model": "The name of the model.",
  "allocate.capacity": "The bytes that were asked for; null: none were.",
  "conv.variant": "Which way to compute it, or which schedule.",
  "matmul.variant": "Which schedule.",
  "devices.fits": "Whether the device holds the model.",
  "devices.reason": "Why, or why not, with figures.",
  "doctor.version": "Of the program.",
  "doctor.from": "Where it was started from.",
  "operators.operators": "One for each operator of TFLite that is known.",
  "plan.technique": "What is added to the rung before.",
  "profile.layers": "One for each layer.",
  "reproduce.changed": "Schedules that this version makes otherwise.",
  "reproduce.name": "Of the command.",
  "reproduce.reproduced": "Whether both tables say the same.",
  "reproduce.row": "Which row of the table.",
  "run.inputs": "The files that were read.",
  "run.output": "The file that outputs went to; null: none was asked for.",
  "run.images": "How each image was read.",
  "run.results": "One for each frame.",
  "run.top": "The largest values, with their labels.",
  "search.fitness": "What the search makes as large as it can.",
  "search.seed": "Fixes the candidates.",
};
