/** Runs in a thread of a pool: it is passed on as text, so it can use nothing from outside. */
export function threadMain(): void {
  // deno-lint-ignore no-explicit-any -- the thread's own `require` has no type here
  const { workerData, receiveMessageOnPort } = (globalThis as any).require
    // deno-lint-ignore no-explicit-any -- as above
    ? (globalThis as any).require("node:worker_threads")
    // deno-lint-ignore no-explicit-any -- as above
    : (globalThis as any).process.getBuiltinModule("node:worker_threads");
  const control: Int32Array = workerData.control;
  const { port, word, command, meeting, spins, thread, threads } = workerData;
  type Run = (thread: number, threads: number, limit: number) => void;
  const kernels = new Map<number, { readonly run: Run; readonly words: Int32Array }>();
  const load = (wanted: number) => {
    for (;;) {
      const message = receiveMessageOnPort(port)?.message;
      // A kernel that could not be sent to all threads was never loaded.
      if (message?.kernel !== wanted) continue;
      const { module, memory } = message;
      const { exports } = new WebAssembly.Instance(module, { kernel: { memory } });
      const words = new Int32Array(memory.buffer, 0, meeting.length);
      return kernels.set(wanted, { run: exports.run as Run, words });
    }
  };
  let seen = 0;
  for (;;) {
    let spin = 0;
    while (Atomics.load(control, word.round) === seen) {
      if (++spin > spins) Atomics.wait(control, word.round, seen);
    }
    seen = Atomics.load(control, word.round);
    const what = Atomics.load(control, word.command);
    const kernel = control[word.kernel];
    try {
      if (what === command.load) load(kernel);
      else if (what === command.run) {
        kernels.get(kernel)!.run(thread, threads, control[word.limit]);
      } else if (what === command.unload) kernels.delete(kernel);
    } catch (error) {
      Atomics.compareExchange(control, word.failed, 0, thread + 1);
      port.postMessage(error instanceof Error ? error.message : String(error));
      const words = kernels.get(kernel)?.words;
      if (words && what === command.run) {
        Atomics.store(words, meeting.abandoned, 1);
        Atomics.add(words, meeting.round, 1);
        Atomics.notify(words, meeting.round);
      }
    }
    Atomics.sub(control, word.running, 1);
    Atomics.notify(control, word.running);
    if (what === command.quit) return;
  }
}
