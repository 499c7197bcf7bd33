// To the last bit: what is learnt and searched. After a change that is meant to change it: record_exact.ts.
import { testExact } from "./exact_figures.ts";
import { learningExact } from "./exact_learning.ts";

testExact(learningExact);
