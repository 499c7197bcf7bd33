import type { Evaluator, Nest } from "tinyloom";
import { count } from "../../lib/analyze/count.ts";

/** Judges by counting: the same on every machine. Remembers what it was asked. */
export class FakeEvaluator implements Evaluator {
  readonly asked: string[] = [];
  readonly #onEvaluate: () => void;

  constructor(readonly name = "loads and stores", onEvaluate: () => void = () => {}) {
    this.#onEvaluate = onEvaluate;
  }

  readonly evaluate = (nest: Nest): number => {
    this.asked.push(JSON.stringify(nest.steps));
    this.#onEvaluate();
    const { loads, stores, packedElements } = count(nest);
    return loads + stores + packedElements;
  };
}
