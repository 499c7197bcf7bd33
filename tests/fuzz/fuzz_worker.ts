// Cases of a kind, one after the other; says of each that it begins and how it ended.
import type { Case } from "./case.ts";
import { kinds } from "./kinds.ts";

/** What a worker is to try: cases of a seed, or one in a file. */
export type Order =
  | { readonly kind: string; readonly from: number; readonly until: number; readonly seed: number }
  | { readonly kind: string; readonly file: Uint8Array; readonly name: string };

/** What it says. */
export type Message =
  | { readonly kind: "ready" | "done" }
  | { readonly kind: "begins"; readonly index: number }
  | {
    readonly kind: "ended";
    readonly index: number;
    readonly outcome: string;
    readonly ms: number;
    readonly rss: number;
    /** By how much the memory grew meanwhile. */
    readonly grown: number;
  }
  | { readonly kind: "failed"; readonly index: number; readonly error: string };

const scope = self as unknown as {
  onmessage: (event: MessageEvent<Order>) => void;
  postMessage: (message: Message) => void;
};
scope.onmessage = async ({ data: order }) => {
  const kind = await kinds[order.kind]();
  if ("file" in order) await attempt(0, () => kind.read(order.file, order.name));
  else {
    for (let index = order.from; index < order.until; index++) {
      await attempt(index, () => kind.make(index, order.seed));
    }
  }
  scope.postMessage({ kind: "done" });
};
scope.postMessage({ kind: "ready" });

async function attempt(index: number, make: () => Case): Promise<void> {
  scope.postMessage({ kind: "begins", index });
  const [startMs, before] = [performance.now(), Deno.memoryUsage().rss];
  try {
    const outcome = await make().run();
    const [ms, { rss }] = [performance.now() - startMs, Deno.memoryUsage()];
    scope.postMessage({ kind: "ended", index, outcome, ms, rss, grown: rss - before });
  } catch (error) {
    scope.postMessage({ kind: "failed", index, error: String(error) });
  }
}
