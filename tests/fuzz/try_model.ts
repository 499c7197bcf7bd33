// One damaged model through everything: read, planned, validated, run with checks beside the reference.
import {
  type ConstantArray,
  createEngine,
  EngineError,
  macs,
  type Model,
  ModelError,
  PlanError,
  planMemory,
  randomFrame,
  readModel,
  run,
  runReference,
  validatePlan,
} from "tinyloom";

/** How far a mutant came. */
export type Outcome = "refused" | "not planned" | "planned" | "not run" | "ran";

/** Larger models are planned, not run: they take time and memory by rights. */
const MOST_MACS = 20_000_000;
const MOST_BYTES = 16_000_000;

/**
 * Does with a file what a user does.
 *
 * @throws {Error} for whatever should not have happened.
 */
export function tryModel(file: Uint8Array): Outcome {
  const model = named("readModel", () => readModel(file));
  if (model === null) return "refused";
  const plan = named("planMemory", () => planMemory(model, { timeLimitMs: 500 }));
  if (plan === null) return "not planned";
  const findings = validatePlan(plan, model);
  if (findings.length > 0) throw new Error(`an invalid plan: ${JSON.stringify(findings[0])}`);
  if (plan.peakBytes + plan.stateBytes > MOST_BYTES || macs(model) > MOST_MACS) return "planned";
  // Whether a loop ends nobody can tell beforehand.
  const graphs = [model, ...model.otherSubgraphs];
  if (graphs.some(({ operators }) => operators.some(({ op }) => op === "WHILE"))) return "planned";
  const engine = named("createEngine", () => createEngine(model, { plan, checked: true }));
  if (engine === null) return "not run";
  using own = engine;
  const frame = named("randomFrame", () => randomFrame(model, { seed: 1 }));
  if (frame === null) return "not run";
  const right = named("runReference", () => runReference(model, frame).outputs);
  const found = named("run", () => run(own, frame));
  if ((right === null) !== (found === null)) {
    throw new Error(`${right === null ? "the reference" : "the engine"} alone refuses to run`);
  }
  if (right !== null && found !== null) compare(model, right, found);
  return right === null ? "not run" : "ran";
}

/** What a step gives; null if it refuses in the words that it is documented to. */
function named<Result>(step: string, work: () => Result): Result | null {
  try {
    return work();
  } catch (error) {
    const kinds = [ModelError, PlanError, EngineError];
    const isNamed = kinds.some((kind) => error instanceof kind) ||
      (step === "run" || step === "runReference" || step === "randomFrame") &&
        error instanceof RangeError;
    if (isNamed) return null;
    throw new Error(`${step} threw ${error}`, { cause: error });
  }
}

function compare(
  model: Model,
  right: readonly ConstantArray[],
  found: readonly ConstantArray[],
): void {
  model.outputs.forEach((tensor, output) => {
    const { dtype } = model.tensors[tensor];
    const [a, b] = [right[output], found[output]];
    const isFloat = dtype.startsWith("float");
    const finite = isFloat ? Array.from(a as Float32Array).filter(Number.isFinite) : [];
    const range = finite.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    for (let i = 0; i < a.length; i++) {
      const isSame = a[i] === b[i] || Object.is(a[i], b[i]) ||
        isFloat &&
          (!Number.isFinite(a[i]) || Math.abs(Number(a[i]) - Number(b[i])) <= 1e-4 * range);
      if (!isSame) throw new Error(`output ${output}, element ${i}: ${b[i]}, needed ${a[i]}`);
    }
  });
}
