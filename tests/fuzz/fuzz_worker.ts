// Cases of a kind, one after the other; says of each that it begins and how it ended.
import { kinds } from "./kinds.ts";

interface Order {
  readonly kind: string;
  readonly from: number;
  readonly until: number;
  readonly seed: number;
}

const scope = self as unknown as {
  onmessage: (event: MessageEvent<Order>) => void;
  postMessage: (message: unknown) => void;
};
scope.onmessage = async ({ data: { kind, from, until, seed } }) => {
  const caseOf = await kinds[kind]();
  for (let index = from; index < until; index++) {
    scope.postMessage({ kind: "begins", index });
    const startMs = performance.now();
    const each = caseOf(index, seed);
    try {
      const outcome = await each.run();
      const ms = performance.now() - startMs;
      scope.postMessage({ kind: "ended", index, outcome, ms, rss: Deno.memoryUsage().rss });
    } catch (error) {
      const { extension } = each;
      scope.postMessage({
        kind: "failed",
        index,
        error: String(error),
        what: each.what(),
        extension,
      });
    }
  }
  scope.postMessage({ kind: "done" });
};
scope.postMessage({ kind: "ready" });
