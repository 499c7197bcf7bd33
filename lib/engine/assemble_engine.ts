import { shown } from "../host.ts";
import type { Model } from "../model/model.ts";
import type { Plan } from "../plan/plan.ts";
import type { CompiledUnits } from "./compile_units.ts";
import type { Engine } from "./engine.ts";
import type { LoadedProgram } from "./load_program.ts";
import { portsOf } from "./ports.ts";
import { resetState } from "./run.ts";
import { setRuntime } from "./runtime.ts";

/** An engine of a program that is loaded, with its state as it is before the first run. */
export function assembleEngine<More extends object>(
  compiledUnits: CompiledUnits,
  { model, prepared, plan, threads, checked, loaded, more }: {
    readonly model: Model;
    readonly prepared: Model;
    readonly plan: Plan;
    readonly threads: number;
    readonly checked: boolean;
    readonly loaded: LoadedProgram;
    /** What else is to be said of it. */
    readonly more: More;
  },
): Engine & More {
  const { map, constants, checks, layers, units, flat } = compiledUnits;
  const { wasm, bytes, call, compileMarked, release } = loaded;
  const engine: Engine & More = {
    ...more,
    model,
    plan,
    threads,
    checked,
    layers: units.map(({ steps, segment, kernel: { kernel, nest, remarks, isParallel } }) => {
      const { operator, name: own } = flat.plan.steps[steps[0]];
      const name = segment === null ? own : "SEGMENT";
      const schedule = nest?.steps ?? [];
      return { operator, name, steps, segment, kernel, schedule, remarks, isParallel };
    }),
    memory: {
      arenaBytes: plan.peakBytes,
      constantBytes: constants.sizeBytes,
      stateBytes: map.stateBytes,
      externalBytes: map.externalBytes,
      workspaceBytes: map.workspace.sizeBytes,
    },
    wasm,
    [Symbol.dispose]: release,
  };
  const compiled = { ...engine, model: flat.model, plan: flat.plan };
  const runtime = {
    compiled,
    bytes,
    map,
    ...portsOf(prepared, { plan, bytes, map }),
    layers: units.map(({ steps, segment }) => segment === null ? layers[steps[0]] : null),
    kernels: units.map(({ kernel }) => kernel),
    checks,
    call,
    compileMarked,
  };
  setRuntime(engine, runtime);
  setRuntime(compiled, runtime);
  resetState(engine);
  return shown(engine, "engine");
}
