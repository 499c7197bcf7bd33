// To the last bit: steps, code and counts of the lab's variants. After a change that is meant to change them: record_exact.ts.
import { labExact } from "./exact_lab.ts";
import { testExact } from "./exact_figures.ts";

testExact(labExact);
