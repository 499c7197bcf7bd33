// To the last bit: models as C. After a change that is meant to change it: record_exact.ts.
import { cExact } from "./exact_c.ts";
import { testExact } from "./exact_figures.ts";

testExact(cExact);
