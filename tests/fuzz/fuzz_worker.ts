// Cases of a kind, one after the other; says of each that it begins and how it ended.
import type { Case, Kind } from "./case.ts";
import { kinds } from "./kinds.ts";

/** What a worker is to try: cases of a seed, or one in a file; "end": nothing any more. */
export type Order =
  | { readonly kind: string; readonly from: number; readonly until: number; readonly seed: number }
  | { readonly kind: string; readonly file: Uint8Array; readonly name: string }
  | "end";

/** What it says. */
export type Message =
  | { readonly kind: "ready" | "done" | "ends" }
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

const made: Record<string, Promise<Kind>> = {};

const scope = self as unknown as {
  onmessage: (event: MessageEvent<Order>) => void;
  postMessage: (message: Message) => void;
};
const channel = new MessageChannel();
let isEnding = false;
scope.onmessage = async ({ data: order }) => {
  if (order === "end") {
    isEnding = true;
    for (const kind of Object.values(made)) (await kind).end?.();
    return scope.postMessage({ kind: "ends" });
  }
  // Made once: Arrow numbers what it writes on, so that files of a second making would be others.
  const kind = await (made[order.kind] ??= Promise.resolve(kinds[order.kind]()));
  if ("file" in order) await attempt(0, () => kind.read(order.file, order.name));
  else {
    for (let index = order.from; index < order.until && !isEnding; index++) {
      await attempt(index, () => kind.make(index, order.seed));
      await turn();
    }
  }
  if (!isEnding) scope.postMessage({ kind: "done" });
};
scope.postMessage({ kind: "ready" });

/**
 * Lets others have their turn: a worker is ended between two of them. Cases that only wait for promises
 * would all be tried, beside those of the worker that has taken their place.
 */
function turn(): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  channel.port1.onmessage = () => resolve();
  channel.port2.postMessage(null);
  return promise;
}

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
