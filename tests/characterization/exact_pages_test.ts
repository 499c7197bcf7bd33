// To the last bit: what pages are written. After a change that is meant to change it: record_exact.ts.
import { testExact } from "./exact_figures.ts";
import { pageExact } from "./exact_said.ts";

testExact(pageExact);
