import { elementsOf } from "../nest/define_nest.ts";
import { isFloat, type TensorData, zeros } from "../nest/dtype.ts";
import type { Nest } from "../nest/nest.ts";
import { plainNest } from "../nest/plain_nest.ts";
import { tensorStride } from "../schedule/strides.ts";
import { reorder } from "../schedule/reorder.ts";
import { toJavaScript } from "../codegen/to_javascript.ts";
import { clearOutputs } from "../codegen/execute.ts";

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
