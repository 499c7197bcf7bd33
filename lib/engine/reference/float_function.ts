import type { OperatorName } from "../../model/operator.ts";
import { elementwise } from "./elementwise.ts";
import { expectSameType } from "./expect.ts";
import type { Operation, ReferenceKernel } from "./prepare.ts";

/** An operator of float32 alone that computes every element from the one at the same place. */
export function floatFunctionOf<Name extends OperatorName>(
  { inputs: [input], outputs: [output] }: Operation<Name>,
  compute: (x: number) => number,
): ReferenceKernel {
  expectSameType([input, output], ["float32"]);
  return elementwise(compute);
}
