// Mutants of models, one after the other; says of each that it begins and how it ended.
import { mutants } from "./mutants.ts";
import { tryModel } from "./try_model.ts";

const mutantOf = await mutants();

const scope = self as unknown as {
  onmessage: (event: MessageEvent<{ from: number; until: number; seed: number }>) => void;
  postMessage: (message: unknown) => void;
};
scope.onmessage = ({ data: { from, until, seed } }) => {
  for (let index = from; index < until; index++) {
    const mutant = mutantOf(index, seed);
    scope.postMessage({ kind: "begins", index });
    const startMs = performance.now();
    try {
      const outcome = tryModel(mutant);
      const ms = performance.now() - startMs;
      scope.postMessage({ kind: "ended", index, outcome, ms, rss: Deno.memoryUsage().rss });
    } catch (error) {
      scope.postMessage({ kind: "failed", index, error: String(error), mutant });
    }
  }
  scope.postMessage({ kind: "done" });
};
scope.postMessage({ kind: "ready" });
