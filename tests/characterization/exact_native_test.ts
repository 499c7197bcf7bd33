// To the last bit: what is given to the machine's compiler. After a change that is meant to change it: record_exact.ts.
import { testExact } from "./exact_figures.ts";
import { nativeExact } from "./exact_native.ts";

testExact(nativeExact);
