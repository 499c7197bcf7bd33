// To the last bit: what tables, mistakes and other texts say. After a change that is meant to change it: record_exact.ts.
import { testExact } from "./exact_figures.ts";
import { saidExact } from "./exact_said.ts";

testExact(saidExact);
