// To the last bit: what commands say. After a change that is meant to change it: record_exact.ts.
import { commandExact } from "./exact_commands.ts";
import { testExact } from "./exact_figures.ts";

testExact(commandExact);
