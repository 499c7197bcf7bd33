// Operators as C on this machine against outputs of TensorFlow Lite Micro's reference kernels: all models
// of an operator in one program.
import { emitC } from "../../mod.ts";
import { hasCommand, type Job, runJobs, sanitizers } from "../deploy/c_programs.ts";
import { assertGolden, framesOf, type Golden, goldens, modelOf, pathOf } from "./goldens.ts";

const only = Deno.env.get("GOLDEN") ?? "";
const byOperator = Map.groupBy(
  goldens().filter((golden) => golden.refused === undefined && pathOf(golden).includes(only)),
  ({ operator }) => operator,
);
for (const [operator, some] of byOperator) {
  Deno.test({
    name: `${operator} in C gives TensorFlow Lite Micro's outputs (needs gcc)`,
    ignore: !hasCommand("gcc"),
    fn: () => compare(some),
  });
}

async function compare(some: readonly Golden[]): Promise<void> {
  const jobs = some.map((golden, i): Job => {
    const model = modelOf(golden);
    const emitted = emitC(model, {
      prefix: `model_${i}`,
      target: i % 2 === 0 ? "portable" : "host",
    });
    return { model, emitted, frames: framesOf(golden, model) };
  });
  const found = await runJobs(jobs, { flags: ["-O0", "-ffp-contract=off", ...sanitizers] });
  some.forEach((golden, i) => {
    const { emitted: { target }, model } = jobs[i];
    const name = `${pathOf(golden)} in C for ${target}`;
    assertGolden(golden, model, { name, frames: found[i], bits: false });
  });
}
