// To the last bit: plans, modules, C and figures of models. After a change that is meant to change them: record_exact.ts.
import { modelExact } from "./exact_models.ts";
import { testExact } from "./exact_figures.ts";

testExact(modelExact);
