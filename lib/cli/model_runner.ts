import { createEngine, type EngineOptions } from "../engine/create_engine.ts";
import type { Engine } from "../engine/engine.ts";
import { KERNEL_PIXELS } from "../engine/default_plan.ts";
import { EngineError } from "../engine/engine_error.ts";
import type { Frame } from "../engine/io/read_frames.ts";
import { initialState } from "../engine/reference/initial_state.ts";
import { runReference } from "../engine/reference/run_reference.ts";
import { run } from "../engine/run.ts";
import type { ConstantArray } from "../model/constant.ts";
import type { ModelGraphOptions } from "../chart/model_graph.ts";
import type { ReportSection } from "../chart/report_html.ts";
import type { Model } from "../model/model.ts";
import type { Plan } from "../plan/plan.ts";
import { planMemory } from "../plan/plan_memory.ts";
import { PlanError } from "../plan/plan_options.ts";
import { readPlan } from "../plan/validate_plan.ts";
import { type CommandContext, type FlagValues, UsageError } from "./command.ts";
import { readInput } from "./input_file.ts";
import { fusedRunFlags, fusionOptions } from "./shared_flags.ts";

/**
 * Compiles a model for a command.
 *
 * @throws {UsageError} the model holds an operator that cannot run, or the plan does not hold.
 */
export function compileModel(operand: string, model: Model, options: EngineOptions = {}): Engine {
  try {
    return createEngine(model, options);
  } catch (error) {
    if (!(error instanceof EngineError || error instanceof PlanError)) throw error;
    throw new UsageError(`${operand}: ${error.message}`);
  }
}

/** Runs frames one after the other, each in the state that the one before it left. */
export interface Runner {
  readonly engine: "wasm" | "reference";
  /** The arena. */
  readonly peakBytes: number;
  readonly run: (inputs: Frame) => readonly ConstantArray[];
  readonly [Symbol.dispose]: () => void;
}

/**
 * What the flags `--reference`, `--plan`, `--fusion`, `--threads` and `--checked` ask for.
 *
 * @throws {UsageError} the flags exclude each other, or the model cannot run so.
 */
export async function runnerOf(
  model: Model,
  { flags, operands: [operand], resolve, signal }: CommandContext,
): Promise<Runner> {
  const threads = flags.threads as number;
  const checked = flags.checked as boolean;
  const planFile = flags.plan as string | undefined;
  if (flags.reference) {
    if (planFile !== undefined || flags.fusion !== undefined || checked || threads !== 1) {
      throw new UsageError("--reference takes no --plan, --fusion, --checked or --threads");
    }
    return referenceRunner(model, signal);
  }
  if (planFile !== undefined && flags.fusion !== undefined) {
    throw new UsageError("--plan has its own --fusion, needed one of them");
  }
  const plan = planFile === undefined
    ? fusedPlan(model, flags)
    : await readInput(planFile, { resolve }, readPlan);
  const engine = compileModel(operand, model, {
    ...{ threads, checked, signal },
    ...(plan && { plan }),
  });
  return {
    engine: "wasm",
    peakBytes: engine.plan.peakBytes,
    run: (inputs) => run(engine, inputs),
    [Symbol.dispose]: engine[Symbol.dispose],
  };
}

function referenceRunner(model: Model, signal: AbortSignal): Runner {
  let state = initialState(model);
  return {
    engine: "reference",
    peakBytes: planMemory(model).peakBytes,
    run: (inputs) => {
      const result = runReference(model, inputs, { state, signal });
      state = result.state;
      return result.outputs;
    },
    [Symbol.dispose]: () => {},
  };
}

/**
 * The section of a report that draws the model: with the kernels where it can be compiled, in the plan
 * that is given if any; null for a model that is too large to draw.
 */
export async function graphOf(
  model: Model,
  given: ModelGraphOptions,
): Promise<ReportSection | null> {
  if (model.operators.length > 600) return null;
  const { modelGraph } = await import("../chart/model_graph.ts");
  const section = {
    title: "The model",
    text: "Each box is an operator, its bar the bytes alive while it runs; each line a tensor.",
  };
  if (given.engine || given.listings) return { ...section, graph: await modelGraph(model, given) };
  try {
    using engine = createEngine(model, { ...given.plan && { plan: given.plan } });
    return { ...section, graph: await modelGraph(model, { ...given, engine }) };
  } catch (error) {
    if (!(error instanceof EngineError || error instanceof PlanError)) throw error;
    const text = `${section.text} There are no kernels to show: ${error.message}.`;
    return { ...section, text, graph: await modelGraph(model, given) };
  }
}

/**
 * The plan that the flags ask for; undefined if they ask for none.
 *
 * @throws {UsageError} no plan is within the budgets, or a flag lacks `--fusion`.
 */
export function fusedPlan(model: Model, flags: FlagValues): Plan | undefined {
  const options = fusionOptions(flags);
  const isExternal = flags["external-input"] === true;
  if (options.fusion === undefined) {
    const lost = Object.keys(fusedRunFlags).find((name) => flags[name]);
    if (lost !== undefined) throw new UsageError(`--${lost} needs --fusion`);
    return undefined;
  }
  try {
    const input = isExternal ? "external" : "resident";
    return planMemory(model, { ...options, input, pixels: KERNEL_PIXELS });
  } catch (error) {
    if (!(error instanceof PlanError || error instanceof RangeError)) throw error;
    throw new UsageError(error.message);
  }
}
