/**
 * Stands in for `Worker` while a library starts its threads as classic workers, which Deno does not
 * have: a module that offers `importScripts` and runs the script. The script must take it for a
 * browser, not for Node.
 *
 * @returns Puts the real `Worker` back.
 */
export function allowClassicWorkers(): () => void {
  const real = globalThis.Worker;
  globalThis.Worker = class extends real {
    constructor(script: string | URL) {
      const module = `
        delete globalThis.process;
        globalThis.importScripts = (url) => (0, eval)(Deno.readTextFileSync(new URL(url)));
        importScripts(${JSON.stringify(String(script))});
      `;
      super(`data:text/javascript,${encodeURIComponent(module)}`, { type: "module" });
    }
  };
  return () => {
    globalThis.Worker = real;
  };
}
