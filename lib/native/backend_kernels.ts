import { compile } from "../codegen/compile.ts";
import { clearOutputs, fillInputs, instantiate } from "../codegen/execute.ts";
import { toJavaScript } from "../codegen/to_javascript.ts";
import { elementsOf, plainNest } from "../nest/define_nest.ts";
import { dtypeBytes, type TensorData, zeros } from "../nest/dtype.ts";
import type { Nest, Step } from "../nest/nest.ts";
import {
  type Computation,
  isPipeline,
  meaningOf,
  type PipelineNode,
  stagesOf,
} from "../nest/pipeline.ts";
import { applySteps } from "../schedule/apply_steps.ts";
import { vectorLanes } from "../schedule/dot_group.ts";
import { axisOf, ScheduleError } from "../schedule/loops.ts";
import { type Backend, isNative, nativeFlags, WIDE_FLAG } from "./backends.ts";
import { compileNative } from "./compile_native.ts";
import { findCompiler, type NativeTarget } from "./native_target.ts";

/** A schedule that can be run. */
export interface BackendKernel {
  /** What really runs: the schedule that was given, or one with wider vectors. */
  readonly what: Computation;
  /** The compiler's version; null: none was asked. */
  readonly compiler: string | null;
  /** Its options that count, or V8's; null: none. */
  readonly flags: string | null;
  /** Elements of a vector; 1 without vectors. */
  readonly lanes: number;
  /** What the compiler's vectors are, or matrix tiles; null: none was asked. */
  readonly instructionSet: string | null;
  readonly output: TensorData;
  readonly clear: () => void;
  readonly run: () => void;
  readonly dispose: () => void;
}

/** What a schedule is run on, and how it is compiled. */
interface Given {
  readonly inputs: Readonly<Record<string, TensorData>>;
  /** Of native back ends. */
  readonly target: NativeTarget | null;
  readonly cache?: string;
  readonly signal?: AbortSignal;
}

/**
 * What a back end's compiler is asked for: it, and the processor that it compiles for; null where none is
 * asked.
 *
 * @throws {CompilerError} there is none.
 */
export async function targetOf(
  backend: Backend,
  { cc, signal }: { readonly cc?: string; readonly signal?: AbortSignal },
): Promise<NativeTarget | null> {
  if (!isNative(backend)) return null;
  return await findCompiler({ cc, flags: nativeFlags[backend], signal });
}

/** What makes them. */
export const backendKernels: Readonly<
  Record<Backend, (what: Computation, given: Given) => BackendKernel | Promise<BackendKernel>>
> = {
  javascript: inJavaScript,
  wasm: (what, given) => inWebAssembly(what, { ...given, flags: null }),
  "wasm-wide": (what, given) => inWebAssembly(what, { ...given, flags: WIDE_FLAG }),
  "native -O0": natively,
  "native -O3": natively,
  "native best": (what, given) => natively(widened(what, given.target!), given),
};

function inJavaScript(nest: Computation, { inputs }: Given): BackendKernel {
  if (isPipeline(nest)) {
    throw new RangeError(`${nest.name} has several stages: JavaScript runs nests alone`);
  }
  const tensors = Object.fromEntries(
    nest.tensors.map((tensor) => [
      tensor.name,
      inputs[tensor.name] ?? zeros(tensor.dtype, elementsOf(tensor)),
    ]),
  );
  const run = new Function(`return ${toJavaScript(nest)}`)();
  const given = nest.tensors.map(({ name }) => tensors[name]);
  return {
    what: nest,
    ...{ compiler: null, flags: null, lanes: 1, instructionSet: null },
    output: tensors[nest.body.target.tensor],
    clear: () => clearOutputs(nest, tensors),
    run: () => run(...given),
    dispose: () => {},
  };
}

function inWebAssembly(
  what: Computation,
  { inputs, flags }: Given & { readonly flags: string | null },
): BackendKernel {
  const instance = instantiate(compile(what, { fma: false }), {});
  fillInputs(what, inputs, instance.tensors);
  instance.prepare();
  return {
    what,
    ...{ compiler: null, flags, lanes: lanesOf(what), instructionSet: null },
    output: instance.tensors[meaningOf(what).body.target.tensor],
    clear: () => clearOutputs(what, instance.tensors),
    run: instance.run,
    dispose: () => instance[Symbol.dispose](),
  };
}

async function natively(
  what: Computation,
  { inputs, target, cache, signal }: Given,
): Promise<BackendKernel> {
  const kernel = await compileNative(what, { target: target!, cache, signal });
  fillInputs(what, inputs, kernel.tensors);
  kernel.prepare();
  return {
    what,
    compiler: target!.version,
    flags: target!.flags.join(" "),
    lanes: lanesOf(what),
    instructionSet: kernel.instructionSet,
    output: kernel.tensors[meaningOf(what).body.target.tensor],
    clear: () => clearOutputs(what, kernel.tensors),
    run: kernel.run,
    dispose: () => kernel[Symbol.dispose](),
  };
}

/** The same with vectors as wide as the processor's, stage by stage. */
function widened(what: Computation, target: NativeTarget): Computation {
  if (!isPipeline(what)) return widenedNest(what, target);
  const nodesOf = (nodes: readonly PipelineNode[]): readonly PipelineNode[] =>
    nodes.map((node) =>
      node.kind === "stage"
        ? { ...node, nest: widenedNest(node.nest, target) }
        : { ...node, body: nodesOf(node.body) }
    );
  return { ...what, nodes: nodesOf(what.nodes) };
}

/**
 * The same schedule with vectors as wide as the processor's, or as wide as is legal: a block of so many
 * vectors in registers stays one of as many.
 */
function widenedNest(nest: Nest, { vectorBytes }: NativeTarget): Nest {
  const target = nest.tensors.find(({ name }) => name === nest.body.target.tensor)!;
  const loop = nest.loops.find(({ mode }) => mode === "vector");
  if (loop === undefined) return nest;
  const before = vectorLanes(nest);
  const { extent } = axisOf(nest, loop);
  for (let lanes = vectorBytes / dtypeBytes(target.dtype); lanes > before; lanes /= 2) {
    if (lanes > extent) continue;
    try {
      return applySteps(plainNest(nest), stepsOf(nest.steps, lanes, lanes / before));
    } catch (error) {
      if (!(error instanceof ScheduleError)) throw error;
    }
  }
  return nest;
}

function stepsOf(steps: readonly Step[], lanes: number, factor: number): readonly Step[] {
  const axis = steps.find((step) => step.op === "vectorize")!.axis;
  const isBlock = steps.some((step) => step.op === "unroll" && step.axis === axis);
  const block = isBlock
    ? steps.findLast((step) => step.op === "tile" && step.sizes[axis] !== undefined)
    : undefined;
  return steps.map((step) => {
    if (step.op === "vectorize") return { ...step, lanes };
    if (step !== block || step.op !== "tile") return step;
    return { ...step, sizes: { ...step.sizes, [axis]: factor * step.sizes[axis] } };
  });
}

/** Elements of the longest vector; 1 without vectors. */
function lanesOf(what: Computation): number {
  const nests = isPipeline(what) ? stagesOf(what.nodes).map(({ stage }) => stage.nest) : [what];
  const lanes = nests.map((nest) =>
    nest.loops.some(({ mode }) => mode === "vector") ? vectorLanes(nest) : 1
  );
  return Math.max(...lanes);
}
