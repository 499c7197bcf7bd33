import type { Timed } from "../../measure/timed.ts";
import type { ConstantArray } from "../../model/constant.ts";
import { macs } from "../../model/macs.ts";
import type { Engine } from "../engine.ts";
import { run } from "../run.ts";
import { verifyEngine } from "./verify_engine.ts";

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
