import {
  type ConstantArray,
  createEngine,
  type CTarget,
  emitC,
  type Model,
  type Plan,
  planMemory,
  randomFrame,
  run,
  runReference,
} from "tinyloom";
import { hasCommand, type Job, runJobs, sanitizers } from "../deploy/c_programs.ts";
import { randomSegmentModel } from "../engine/random_segments.ts";
import { assertClose } from "../engine/same_as_reference.ts";
import { randomMovements } from "../plan/random_movements.ts";
import { type Draw, drawer } from "../plan/random_graph.ts";
import { type Kind, plainCase, plainValue, seedOf, withoutParts } from "./case.ts";
import { type PlannedGraph, smaller as smallerGraphs } from "./graph_cases.ts";

/** How many models one program has. */
const BATCH = 20;

/** Models of one program, and the processor whose kernels they have. */
interface Program {
  readonly target: CTarget;
  readonly graphs: readonly PlannedGraph[];
}

/** Random graphs as C, many in one program, under sanitizers. */
export function codeCases(): Kind {
  const isHere = hasCommand("gcc");
  const caseOf = (program: Program) =>
    plainCase(program, { run: isHere ? tryProgram : () => "not tried without gcc", smaller });
  return {
    night: 250,
    mostMs: 300_000,
    make: (index, seed) => caseOf(programOf(drawer(seedOf(index, seed)))),
    read: (file) => caseOf(plainValue(file)),
  };
}

function programOf(draw: Draw): Program {
  const target = (["portable", "host", "cortex-m4", "cortex-m55"] as const)[draw(4)];
  return { target, graphs: Array.from({ length: BATCH }, () => graphOf(draw)) };
}

function graphOf(draw: Draw): PlannedGraph {
  const operators = 1 + draw(7);
  const dtype = (["int8", "int8", "uint8", "int16", "float32"] as const)[draw(5)];
  const model = draw(4) === 0
    ? randomMovements(draw, operators)
    : randomSegmentModel(draw, { dtype, operators, extent: 8, channels: 10 }).model;
  return {
    model,
    options: {
      fusion: (["none", "none", "patch", "rolling", "best"] as const)[draw(5)],
      alignmentBytes: [1, 1, 4, 16][draw(4)],
      input: (["resident", "external"] as const)[draw(2)],
      timeLimitMs: 500,
    },
  };
}

/** Fewer models; the last one with less in it. */
function* smaller({ target, graphs }: Program): Generator<Program> {
  if (graphs.length > 1) {
    for (const fewer of withoutParts(graphs)) yield { target, graphs: fewer };
  } else for (const less of smallerGraphs(graphs[0])) yield { target, graphs: [less] };
}

async function tryProgram({ target, graphs }: Program): Promise<string> {
  if (graphs.length === 0) return "nothing";
  const planned = graphs.map(({ model, options }) => {
    const plan = planMemory(model, options);
    return { model, plan, frame: randomFrame(model, { seed: 2 }) };
  });
  const jobs = planned.map(({ model, plan, frame }, i): Job => ({
    model,
    emitted: emitC(model, { plan, target, prefix: `m${i}`, frames: [] }),
    frames: [frame],
  }));
  const flags = ["-O0", "-ffp-contract=off", ...sanitizers];
  const found = await runJobs(jobs, { flags, arena: "given" });
  planned.forEach((each, i) => compare(each, found[i][0], `model ${i}`));
  return target;
}

function compare(
  { model, plan, frame }: {
    readonly model: Model;
    readonly plan: Plan;
    readonly frame: readonly ConstantArray[];
  },
  found: readonly ConstantArray[],
  what: string,
): void {
  const { outputs } = runReference(model, frame);
  using engine = createEngine(model, { plan });
  const compiled = run(engine, frame);
  outputs.forEach((values, output) => {
    assertClose(found[output], values, `${what} in C`);
    assertClose(compiled[output], values, `${what} in WebAssembly`);
  });
}
