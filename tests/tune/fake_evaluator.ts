import { type Evaluator, type Nest, tune, type Tuned, type TuneOptions } from "tinyloom";
import { countNest } from "../../lib/analyze/count.ts";

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
    const { loads, stores, packedElements } = countNest(nest);
    return loads + stores + packedElements;
  };
}

/** Tunes under a clock that stands still unless told otherwise, so that no budget runs out. */
export function judged(nest: Nest, options: TuneOptions): Promise<Tuned> {
  return tune(nest, { now: () => 0, ...options });
}
