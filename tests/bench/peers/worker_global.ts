const DenoWorker = globalThis.Worker;

/**
 * Starts a library that puts something else in the place of the global `Worker`, as scripts compiled
 * by Emscripten for Node do, and puts Deno's back.
 *
 * @param during What `Worker` is until then.
 */
export async function keepWorker<Result>(
  start: () => Promise<Result>,
  { during = DenoWorker }: { readonly during?: typeof Worker } = {},
): Promise<Result> {
  globalThis.Worker = during;
  try {
    return await start();
  } finally {
    globalThis.Worker = DenoWorker;
  }
}

/**
 * A classic worker, which Deno does not have: a module that offers `importScripts` and runs the
 * script, which is to take it for a browser, not for Node.
 */
export class ClassicWorker extends DenoWorker {
  constructor(script: string | URL) {
    const module = `
      delete globalThis.process;
      globalThis.importScripts = (url) => (0, eval)(Deno.readTextFileSync(new URL(url)));
      importScripts(${JSON.stringify(String(script))});
    `;
    super(`data:text/javascript,${encodeURIComponent(module)}`, { type: "module" });
  }
}
