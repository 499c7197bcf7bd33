// To the last bit: what is trained. After a change that is meant to change it: record_exact.ts.
import { testExact } from "./exact_figures.ts";
import { trainingExact } from "./exact_learning.ts";

testExact(trainingExact);
