/** A signal that has fired. */
export const fired = () => AbortSignal.abort(new DOMException("enough", "AbortError"));

/** A signal that fires when it has been asked so often. */
export function firing(after: number): AbortSignal {
  let asked = 0;
  return {
    throwIfAborted: () => {
      if (asked++ >= after) throw new DOMException("enough", "AbortError");
    },
  } as AbortSignal;
}
