import { type Lookout, setHost, type Watcher, type Work } from "../host.ts";
import { mediaBundle, type Showable } from "./media_bundle.ts";
import { interruptSignals, kernelBroadcast } from "./notebook_session.ts";
import { type Progress, progress } from "./progress.ts";

/** What is done before is done without a bar. */
const PATIENCE_MS = 500;
const LOOK_EVERY_MS = 100;

setHost({ display: (value) => mediaBundle(value as Showable), watch, lookOut });

/** Work that lets others have their turn: the stop button is a signal like any other. */
function watch({ label, total, unit }: Work): Watcher | null {
  if (kernelBroadcast() === null) return null;
  const startMs = performance.now();
  let bar: Progress | null = null;
  return {
    signal: nextInterrupt(),
    update: (done, note) => {
      if (bar === null && performance.now() - startMs < PATIENCE_MS) return;
      bar ??= progress(total, { label, unit, startedMs: startMs, vanishes: true });
      bar.update(Math.min(done, total), note);
    },
    end: async () => await bar?.done(),
  };
}

let interrupts: (() => AbortSignal) | null = null;

/** Without a listener an interrupt ends the plain Deno kernel. */
function nextInterrupt(): AbortSignal {
  interrupts ??= interruptSignals((interrupt) => Deno.addSignalListener("SIGINT", interrupt));
  return interrupts();
}

/** Work that lets nobody else have a turn: another thread hears the stop button. */
function lookOut({ label, total, unit }: Work): Lookout | null {
  if (kernelBroadcast() === null) return null;
  nextInterrupt();
  const startMs = performance.now();
  let nextMs = startMs + PATIENCE_MS;
  let bar: Progress | null = null;
  let presses = 0;
  let isStopped = false;
  return {
    isStopped: (nowMs) => {
      if (isStopped || nowMs < nextMs) return isStopped;
      nextMs = nowMs + LOOK_EVERY_MS;
      if (bar === null) presses = pressed();
      bar ??= progress(total, { label, unit, startedMs: startMs, vanishes: true });
      bar.update(Math.min(nowMs - startMs, total));
      return isStopped = pressed() > presses;
    },
    end: () => void bar?.done(),
  };
}

let counter: Int32Array<SharedArrayBuffer> | null = null;

/** How often the stop button was pressed since the first call, also while this thread is at work. */
function pressed(): number {
  if (counter === null) {
    counter = new Int32Array(new SharedArrayBuffer(4));
    const ear = new Worker(`data:application/javascript,${encodeURIComponent(listening)}`, {
      type: "module",
      name: "stop button",
    });
    ear.postMessage(counter);
  }
  return Atomics.load(counter, 0);
}

const listening = `onmessage = ({ data }) => {
  Deno.addSignalListener("SIGINT", () => Atomics.add(data, 0, 1));
};`;
