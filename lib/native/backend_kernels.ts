import { compile } from "../codegen/compile.ts";
import { clearOutputs, fillInputs, instantiate } from "../codegen/execute.ts";
import { toJavaScript } from "../codegen/to_javascript.ts";
import { elementsOf, plainNest } from "../nest/define_nest.ts";
import { dtypeBytes, type TensorData, zeros } from "../nest/dtype.ts";
import type { Nest } from "../nest/nest.ts";
import { applySteps } from "../schedule/apply_steps.ts";
import { vectorLanes } from "../schedule/dot_group.ts";
import { ScheduleError } from "../schedule/loops.ts";
import { compileNative } from "./compile_native.ts";
import { findCompiler, type NativeTarget } from "./native_target.ts";

/**
 * What a schedule becomes: a function of JavaScript; WebAssembly; C by the machine's compiler, without
 * its optimizations, with them but for no machine in particular, or for this one and with vectors as wide
 * as it has.
 *
 * @category Native code
 */
export type Backend = "javascript" | "wasm" | "native -O0" | "native -O3" | "native best";

/** All of them. */
export const backendNames: readonly Backend[] = [
  "javascript",
  "wasm",
  "native -O0",
  "native -O3",
  "native best",
];

/** A schedule that can be run. */
export interface BackendKernel {
  /** The compiler's version; null: none was asked. */
  readonly compiler: string | null;
  /** Its options that count; null: none. */
  readonly flags: string | null;
  /** Elements of a vector; 1 without vectors. */
  readonly lanes: number;
  readonly output: TensorData;
  readonly clear: () => void;
  readonly run: () => void;
  readonly dispose: () => void;
}

/** What a schedule is run on, and how it is compiled. */
interface Given {
  readonly inputs: Readonly<Record<string, TensorData>>;
  readonly cc?: string;
  readonly cache?: string;
  readonly signal?: AbortSignal;
}

/** What makes them. */
export const backendKernels: Readonly<
  Record<Backend, (nest: Nest, given: Given) => BackendKernel | Promise<BackendKernel>>
> = {
  javascript: inJavaScript,
  wasm: inWebAssembly,
  "native -O0": (nest, given) => natively(nest, { ...given, flags: ["-O0"] }),
  "native -O3": (nest, given) => natively(nest, { ...given, flags: ["-O3"] }),
  "native best": (nest, given) => natively(nest, given),
};

function inJavaScript(nest: Nest, { inputs }: Given): BackendKernel {
  const tensors = Object.fromEntries(
    nest.tensors.map((tensor) => [
      tensor.name,
      inputs[tensor.name] ?? zeros(tensor.dtype, elementsOf(tensor)),
    ]),
  );
  const run = new Function(`return ${toJavaScript(nest)}`)();
  const given = nest.tensors.map(({ name }) => tensors[name]);
  return {
    ...{ compiler: null, flags: null, lanes: 1 },
    output: tensors[nest.body.target.tensor],
    clear: () => clearOutputs(nest, tensors),
    run: () => run(...given),
    dispose: () => {},
  };
}

function inWebAssembly(nest: Nest, { inputs }: Given): BackendKernel {
  const instance = instantiate(compile(nest, { fma: false }), {});
  fillInputs(nest, inputs, instance.tensors);
  instance.prepare();
  return {
    ...{ compiler: null, flags: null, lanes: lanesOf(nest) },
    output: instance.tensors[nest.body.target.tensor],
    clear: () => clearOutputs(nest, instance.tensors),
    run: instance.run,
    dispose: () => instance[Symbol.dispose](),
  };
}

async function natively(
  given: Nest,
  { inputs, cc, cache, signal, flags }: Given & { readonly flags?: readonly string[] },
): Promise<BackendKernel> {
  const target = await findCompiler({ cc, flags, signal });
  const nest = flags === undefined ? widened(given, target) : given;
  const kernel = await compileNative(nest, { target, cache, signal });
  fillInputs(nest, inputs, kernel.tensors);
  kernel.prepare();
  return {
    compiler: target.version,
    flags: target.flags.join(" "),
    lanes: lanesOf(nest),
    output: kernel.tensors[nest.body.target.tensor],
    clear: () => clearOutputs(nest, kernel.tensors),
    run: kernel.run,
    dispose: () => kernel[Symbol.dispose](),
  };
}

/** The same schedule with vectors as wide as the processor's, where it is legal with them. */
function widened(nest: Nest, { vectorBytes }: NativeTarget): Nest {
  const target = nest.tensors.find(({ name }) => name === nest.body.target.tensor)!;
  const lanes = vectorBytes / dtypeBytes(target.dtype);
  const steps = nest.steps.map((step) => step.op === "vectorize" ? { ...step, lanes } : step);
  try {
    return applySteps(plainNest(nest), steps);
  } catch (error) {
    if (error instanceof ScheduleError) return nest;
    throw error;
  }
}

function lanesOf(nest: Nest): number {
  return nest.loops.some(({ mode }) => mode === "vector") ? vectorLanes(nest) : 1;
}
