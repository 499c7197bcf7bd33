import { constantValues, type Model } from "tinyloom";

/**
 * A float32 constant of a model with its dimensions in another order: dimension i of the result is
 * dimension `order[i]` of the tensor.
 *
 * @throws {TypeError} if the tensor is not float32.
 */
export function floatWeights(
  { tensors }: Model,
  index: number,
  order: readonly number[] = tensors[index].shape.map((_, i) => i),
): { readonly values: Float32Array<ArrayBuffer>; readonly shape: readonly number[] } {
  const { dtype, shape } = tensors[index];
  const from = constantValues(tensors[index]);
  if (!(from instanceof Float32Array)) {
    throw new TypeError(`tensor ${index} is ${dtype}, needed float32`);
  }
  return reordered(from as Float32Array<ArrayBuffer>, shape, order);
}

/** Elements with their dimensions in another order. */
export function reordered<Elements extends Float32Array | Int8Array | Int32Array>(
  from: Elements,
  shape: readonly number[],
  order: readonly number[] = shape.map((_, i) => i),
): { readonly values: Elements; readonly shape: readonly number[] } {
  const stride = (dimension: number) =>
    shape.slice(dimension + 1).reduce((product, extent) => product * extent, 1);
  const values = from.slice() as Elements;
  let to = 0;
  const walk = (depth: number, at: number) => {
    if (depth === order.length) {
      values[to++] = from[at];
      return;
    }
    const step = stride(order[depth]);
    for (let i = 0; i < shape[order[depth]]; i++) walk(depth + 1, at + i * step);
  };
  walk(0, 0);
  return { values, shape: order.map((dimension) => shape[dimension]) };
}
