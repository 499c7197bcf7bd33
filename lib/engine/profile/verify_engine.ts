import { type Timed, type Verification, verifyOutput } from "../../measure/timed_nest.ts";
import type { ConstantArray } from "../../model/constant.ts";
import { macs } from "../../model/macs.ts";
import type { Engine } from "../engine.ts";
import { runReference } from "../reference/run_reference.ts";
import { resetState, run } from "../run.ts";

/**
 * Compares what an engine gives for a frame with `expected`, by default the reference interpreter's
 * outputs, from the first state: the worst output.
 */
export function verifyEngine(
  engine: Engine,
  frame: readonly ConstantArray[],
  { expected = runReference(engine.model, frame).outputs }: {
    readonly expected?: readonly ConstantArray[];
  } = {},
): Verification {
  resetState(engine);
  const checks = run(engine, frame).map((actual, i) => {
    const output = Float64Array.from(expected[i] as Float64Array, Number);
    const tolerance = expected[i] instanceof Float32Array ? floatTolerance(output) : 0;
    return verifyOutput(Float64Array.from(actual as Float64Array, Number), { output, tolerance });
  });
  const worst = checks.reduce((a, b) => a.verified && !b.verified ? b : a);
  return { ...worst, checksum: checks.map(({ checksum }) => checksum).join(" ") };
}

/** 1e-5 of the range, or for values close together 1e-6 of their size. */
function floatTolerance(values: Float64Array): number {
  let [low, high] = [Infinity, -Infinity];
  for (const value of values) {
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  return Math.max(1e-5 * (high - low), 1e-6 * Math.max(Math.abs(low), Math.abs(high)));
}

/** Runs of an engine, inputs in and outputs out, as `measure` times them. */
export function timedEngine(
  engine: Engine,
  { name, frame, expected }: {
    readonly name: string;
    readonly frame: readonly ConstantArray[];
    /** What it must give; the reference interpreter is asked if it is left out. */
    readonly expected?: readonly ConstantArray[];
  },
): Timed {
  const { model, threads } = engine;
  const { dtype, shape } = model.tensors[model.inputs[0]];
  const once = () => void run(engine, frame);
  return {
    name,
    shape: shape.join("x"),
    dtype,
    schedule: [],
    threads,
    macs: macs(model),
    verify: () => verifyEngine(engine, frame, { expected }),
    warm: once,
    run: once,
  };
}
