// Models with lists of integers that are constants, or not.
import type { ConstantArray, Model } from "../../mod.ts";
import { constant, single, tensor } from "../engine/single_operator.ts";
import type { List, ListCase } from "./random_lists.ts";

/** The model with its lists as constants, or as inputs. */
export function modelOf({ op, attributes, inputs, outputs }: ListCase, isConstant: boolean): Model {
  return single(op, attributes as never, {
    inputs: inputs.map((input) => {
      if (!("values" in input)) return input;
      const { dtype, shape } = input;
      return isConstant ? constant(dtype, elementsOf(input), { shape }) : tensor(dtype, shape);
    }),
    outputs,
  });
}

/** The inputs of that model: elements of data as they are given, and of lists. */
export function given(
  { inputs }: ListCase,
  data: readonly (ConstantArray | null)[],
  isConstant: boolean,
): readonly ConstantArray[] {
  return inputs.flatMap((input, i) => {
    if (!("values" in input)) return [data[i]!];
    return isConstant ? [] : [elementsOf(input)];
  });
}

function elementsOf({ dtype, values }: List): ConstantArray {
  return dtype === "int64" ? BigInt64Array.from(values, BigInt) : Int32Array.from(values);
}
