// What every compiled kernel is held to.
import {
  type ConstantArray,
  createEngine,
  type Model,
  type Plan,
  planMemory,
  run,
  runReference,
  type ThreadPool,
} from "../../mod.ts";
import { assertEquals } from "../assert.ts";

/**
 * Runs a model in the engine, as fast as it can and with every access checked, with and without relaxed
 * products, in the smallest plan and in one without overwriting, also on threads, and compares to the
 * reference interpreter: integers bit for bit, float32 within 1e-5 of the output's range.
 */
export function assertSameAsReference(
  model: Model,
  inputs: readonly ConstantArray[],
  { plans = bothPlans(model), pool, what = "" }: {
    readonly plans?: readonly Plan[];
    /** Threads on which to run the last plan as well. */
    readonly pool?: ThreadPool;
    readonly what?: string;
  } = {},
): void {
  const { outputs: expected } = runReference(model, inputs);
  const checked = plans.flatMap((plan) => [
    { plan, checked: true },
    { plan, checked: true, relaxedDot: false },
  ]);
  const ways = [{ plan: plans[0] }, ...checked];
  const threaded = pool === undefined ? [] : [{ plan: plans[plans.length - 1], pool }];
  for (const options of [...ways, ...threaded]) {
    using engine = createEngine(model, options);
    const kernels = engine.layers.map(({ kernel }) => kernel).join(", ");
    const forms = options.plan.steps.map(({ form, direction }) => `${form} ${direction}`).join(
      ", ",
    );
    run(engine, inputs).forEach((actual, i) => {
      assertClose(actual, expected[i], `${what} output ${i} of ${kernels} (${forms})`);
    });
  }
}

function bothPlans(model: Model): readonly Plan[] {
  return [planMemory(model), plainPlan(model)];
}

/** A plan in which no operator overwrites its input, so that threads can share its work. */
export function plainPlan(model: Model): Plan {
  return planMemory(model, { techniques: ["optimal-offsets"] });
}

/** Equal, or within 1e-5 of the range of what is expected. */
export function assertClose(actual: ConstantArray, expected: ConstantArray, what: string): void {
  if (!(expected instanceof Float32Array)) return assertEquals(actual, expected, what);
  let [low, high] = [Infinity, -Infinity];
  for (const value of expected) {
    if (!Number.isFinite(value)) continue;
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  const most = Math.max(1e-5 * (high - low), 1e-6 * Math.max(Math.abs(low), Math.abs(high)));
  assertEquals(actual.length, expected.length, what);
  expected.forEach((value, i) => {
    const found = actual[i] as number;
    if (Object.is(found, value) || Math.abs(found - value) <= most) return;
    throw new Error(`${what}: element ${i} is ${found}, needed ${value} within ${most}`);
  });
}
