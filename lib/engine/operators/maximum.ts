import type { EngineOperator } from "../engine_operator.ts";
import { extremeElements, extremeVectors } from "../kernels/elementwise/extreme_elements.ts";
import { prepareExtreme } from "../reference/extreme.ts";

/** The larger of two elements as they are, with broadcasting; the second where they do not compare. */
export const maximum: EngineOperator<"MAXIMUM"> = {
  reference: (operation) => prepareExtreme(operation, (a, b) => a > b),
  kernels: [extremeVectors, extremeElements],
  portable: extremeElements,
};
