import { compile } from "../codegen/compile.ts";
import { clearOutputs, fillInputs, instantiate, type KernelInstance } from "../codegen/execute.ts";
import type { ThreadPool } from "../codegen/thread_pool.ts";
import { toJavaScript } from "../codegen/to_javascript.ts";
import { elementsOf, plainNest } from "../nest/define_nest.ts";
import { isFloat, type TensorData, zeros } from "../nest/dtype.ts";
import type { Nest } from "../nest/nest.ts";
import { type Computation, isPipeline, meaningOf, stagesOf } from "../nest/pipeline.ts";
import { reorder } from "../schedule/reorder.ts";
import { tensorStride } from "../schedule/strides.ts";

/** What a nest needs to be timed. */
export interface TimedNestOptions {
  readonly inputs: Readonly<Record<string, TensorData>>;
  readonly reference: Reference;
  readonly fma: boolean;
  readonly pool?: ThreadPool;
}

/** A compiled nest or pipeline that can be verified and timed; dispose of it to free the pool's threads. */
export interface TimedNest extends Timed {
  readonly computation: Computation;
  readonly [Symbol.dispose]: () => void;
}

/** Compiles a nest or pipeline under a name and fills its inputs. */
export function timedNest(
  name: string,
  computation: Computation,
  options: TimedNestOptions,
): TimedNest {
  const { inputs, reference, fma, pool } = options;
  const kernel = compile(computation, { fma, threads: pool?.threads ?? 1 });
  const instance = instantiate(kernel, { pool });
  const meaning = meaningOf(computation);
  const start = () => {
    fillInputs(computation, inputs, instance.tensors);
    clearOutputs(computation, instance.tensors);
  };
  start();
  instance.prepare();
  const output = instance.tensors[meaning.body.target.tensor];
  const { dtype } = kernel.tensors[meaning.body.target.tensor];
  const macs = meaning.axes.reduce((product, axis) => product * axis.extent, 1);
  const { errorFactor = 1 } = isPipeline(computation) ? computation : {};
  return {
    computation,
    name,
    shape: computation.shape,
    dtype: isFloat(dtype) ? dtype : meaning.tensors[0].dtype,
    schedule: scheduleOf(computation),
    threads: kernel.threads,
    macs,
    verify: () => {
      if (macs >= longMacs) optimize(instance);
      start();
      instance.run();
      return verifyOutput(output, { ...reference, tolerance: errorFactor * reference.tolerance });
    },
    warm: () => instance.warm(),
    run: instance.run,
    [Symbol.dispose]: instance[Symbol.dispose],
  };
}

/** The steps of a nest, or those of each stage of a pipeline. */
export function scheduleOf(computation: Computation): readonly unknown[] {
  if (!isPipeline(computation)) return computation.steps;
  return stagesOf(computation.nodes).map(({ stage: { title, nest } }) => (
    { stage: title, steps: nest.steps }
  ));
}

const longMacs = 5e7;
const optimizeMs = 80;

// V8 swaps optimised code in between calls only: a long first call would be slow to its end.
function optimize(instance: KernelInstance): void {
  const end = performance.now() + optimizeMs;
  do instance.warm(); while (performance.now() < end);
}

/**
 * What checking one fresh output against the reference said.
 *
 * @category Measurement
 */
export interface Verification {
  /** Whether every element is within the tolerance. */
  readonly verified: boolean;
  /** A digest of the output, the same for the same bits. */
  readonly checksum: string;
  /** The largest deviation found, in the measure that `tolerance` uses. */
  readonly maxError: number;
  /** The largest deviation allowed; 0 for integers. */
  readonly tolerance: number;
}

/**
 * One thing that can be timed: prepared, verifiable, run at once or until its promise is kept.
 * Timing knows nothing else about it, so that a nest, an engine, a library that only offers
 * promises and a stand-in of a test are timed by the same code.
 *
 * @category Measurement
 */
export interface Timed {
  /** The variant's name, e.g. `"tiled"`. */
  readonly name: string;
  /** The problem's extents in words, e.g. `"640x12800x640"`. */
  readonly shape: string;
  /** The element type, e.g. `"float32"`. */
  readonly dtype: string;
  /** The steps that made the variant, as plain JSON. */
  readonly schedule: readonly unknown[];
  /** How many threads the work is split over. */
  readonly threads: number;
  /** Multiply-accumulates of one `run`. */
  readonly macs: number;
  /** Runs once into fresh output and compares it with the reference. */
  readonly verify: () => Verification | Promise<Verification>;
  /** A short piece of the work, called again and again until the optimised code is in. */
  readonly warm: () => void | Promise<void>;
  /** The whole work, once. */
  readonly run: () => void | Promise<void>;
}

/** What a nest should compute, and how far off an element may be. */
export interface Reference {
  readonly output: TensorData;
  /** 0 for integers. */
  readonly tolerance: number;
}

const float32Step = 2 ** -24;
const deviations = 4;

/**
 * Computes a nest without its schedule, as plain JavaScript, sums in float64 (exact in int32).
 *
 * The tolerance for float32 is the probabilistic bound of a sum of n rounded products,
 * 4 * sqrt(n) * 2^-24 * scale, where the scale of the partial sums is the larger of the largest
 * output and sqrt(n) * max|a| * max|b| (Higham and Mary, SIAM J. Sci. Comput. 41(5), 2019). It
 * holds for every order of additions.
 */
export function reference(
  nest: Nest,
  inputs: Readonly<Record<string, TensorData>>,
): Reference {
  const plain = walkable(nest);
  const target = plain.tensors.find((tensor) => tensor.name === nest.body.target.tensor)!;
  const output = zeros(target.dtype, elementsOf(target));
  const tensors: Record<string, TensorData> = { ...inputs, [target.name]: output };
  clearOutputs(plain, tensors);
  const run = new Function(`return ${toJavaScript(plain)}`)();
  run(...plain.tensors.map((tensor) => tensors[tensor.name]));
  if (!isFloat(target.dtype)) return { output, tolerance: 0 };
  const terms = nest.axes.filter((axis) => axis.role === "reduction")
    .reduce((product, axis) => product * axis.extent, 1);
  const largest = Object.values(inputs).reduce((product, data) => product * magnitude(data), 1);
  const scale = Math.max(magnitude(output), Math.sqrt(terms) * largest);
  return { output, tolerance: deviations * Math.sqrt(terms) * float32Step * scale };
}

// The nest without schedule, in the loop order whose innermost loop walks memory in small steps.
function walkable(nest: Nest): Nest {
  const tensors = nest.tensors.map((tensor) =>
    tensor.role === "output" && isFloat(tensor.dtype)
      ? { ...tensor, dtype: "f64" as const }
      : tensor
  );
  const plain: Nest = { ...plainNest(nest), tensors };
  const target = tensors.find((tensor) => tensor.name === nest.body.target.tensor)!;
  const inner = nest.axes.find((axis) => tensorStride(target, nest.body.target, axis.name) === 1);
  if (!inner) return plain;
  const others = nest.axes.map((axis) => axis.name).filter((name) => name !== inner.name);
  return reorder(plain, [...others, inner.name]);
}

function magnitude(data: TensorData): number {
  let most = 0;
  for (const value of data) most = Math.max(most, Math.abs(value));
  return most;
}

/** Compares an output with what it should be. */
export function verifyOutput(output: TensorData, reference: Reference): Verification {
  const maxError = largestDifference(output, reference.output);
  return {
    verified: maxError <= reference.tolerance,
    checksum: checksum(output),
    maxError,
    tolerance: reference.tolerance,
  };
}

// A NaN counts as infinitely wrong.
function largestDifference(actual: TensorData, expected: TensorData): number {
  let largest = 0;
  for (let at = 0; at < actual.length; at++) {
    const difference = Math.abs(actual[at] - expected[at]);
    if (!(difference <= largest)) largest = Number.isNaN(difference) ? Infinity : difference;
  }
  return largest;
}

/** A digest of bytes: FNV-1a over 32-bit words, as eight hexadecimal digits. */
export function checksum(data: ArrayBufferView): string {
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  const words = new Int32Array(bytes.slice(0, bytes.length & ~3).buffer);
  let hash = offsetBasis;
  for (const word of words) hash = Math.imul(hash ^ word, prime);
  for (const byte of bytes.subarray(bytes.length & ~3)) hash = Math.imul(hash ^ byte, prime);
  return (hash >>> 0).toString(16).padStart(8, "0");
}

const offsetBasis = 0x811c9dc5 | 0;
const prime = 0x01000193;
