// To the last bit: what searches find by their seeds. After a change that is meant to change them: record_exact.ts.
import { searchExact } from "./exact_searches.ts";
import { testExact } from "./exact_figures.ts";

testExact(searchExact);
