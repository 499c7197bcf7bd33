import { elementsOf } from "./define_nest.ts";
import { dtypeOf, type TensorData } from "./dtype.ts";
import type { Nest } from "./nest.ts";

/**
 * Checks that arrays are what a nest reads.
 *
 * @throws {TypeError} an input is missing, unknown, of the wrong type or of the wrong length.
 */
export function checkInputs(nest: Nest, inputs: Readonly<Record<string, TensorData>>): void {
  const wanted = nest.tensors.filter((tensor) => tensor.role === "input");
  for (const name of Object.keys(inputs)) {
    if (!wanted.some((tensor) => tensor.name === name)) {
      throw new TypeError(
        `${nest.name} has no input "${name}", only ${wanted.map((each) => each.name).join(", ")}`,
      );
    }
  }
  for (const tensor of wanted) {
    const data = inputs[tensor.name];
    const length = elementsOf(tensor);
    if (data === undefined) {
      throw new TypeError(`Input "${tensor.name}" of ${nest.name} is missing`);
    }
    if (dtypeOf(data) !== tensor.dtype || data.length !== length) {
      throw new TypeError(
        `Input "${tensor.name}" of ${nest.name} must be ${tensor.dtype}[${length}], found ${
          nameOf(data)
        }`,
      );
    }
  }
}

function nameOf(data: TensorData): string {
  const dtype = dtypeOf(data);
  if (dtype) return `${dtype}[${data.length}]`;
  return Array.isArray(data) ? "a plain array" : data === null ? "null" : typeof data;
}
