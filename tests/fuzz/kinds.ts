// What there is to try, by name.
import { boundCases } from "./bound_cases.ts";
import type { Kind } from "./case.ts";
import { codeCases } from "./code_cases.ts";
import { graphCases } from "./graph_cases.ts";
import { inputCases } from "./input_cases.ts";
import { modelCases } from "./model_cases.ts";
import { nativeCases } from "./native_cases.ts";
import { operatorCases } from "./operator_cases.ts";
import { planCases } from "./plan_cases.ts";
import { scheduleCases } from "./schedule_cases.ts";
import { unknownCases } from "./unknown_cases.ts";

/** Every kind: what makes its cases, once it is asked for. */
export const kinds: Readonly<Record<string, () => Kind | Promise<Kind>>> = {
  models: modelCases,
  plans: planCases,
  graphs: graphCases,
  code: codeCases,
  schedules: scheduleCases,
  native: nativeCases,
  inputs: inputCases,
  bounds: boundCases,
  operators: operatorCases,
  unknown: unknownCases,
};
