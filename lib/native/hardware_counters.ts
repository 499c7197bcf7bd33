import type { ColumnKind } from "../measure/table_rows.ts";

/**
 * What the processor counted during one run; null: it was not asked, has no such counter, or did not get
 * to it.
 *
 * @category Native code
 */
export interface HardwareCounts {
  /** Cycles of the core. */
  readonly cycles: number | null;
  /** Instructions that it completed. */
  readonly instructions: number | null;
  /** Accesses that missed the last cache. */
  readonly cacheMisses: number | null;
}

/** Of a run that nothing was counted of. */
export const uncounted: HardwareCounts = { cycles: null, instructions: null, cacheMisses: null };

/** As columns of a table. */
export const hardwareColumns: Readonly<Record<keyof HardwareCounts, ColumnKind>> = {
  cycles: "float64",
  instructions: "float64",
  cacheMisses: "float64",
};

/** Counters for a table: what its rows and its metadata have of them. */
export function countersHere(system?: CounterSystem | null): Disposable & {
  readonly countsOf: HardwareCounters["count"];
  /** Whose runs were counted, or why nothing was. */
  readonly said: string;
} {
  const counters = openCounters(system);
  if ("refused" in counters) {
    const said = `No hardware counters: ${counters.refused}.`;
    return { countsOf: () => uncounted, said, [Symbol.dispose]: () => {} };
  }
  return {
    countsOf: counters.count,
    said: "Hardware counters of the calling thread, in user space.",
    [Symbol.dispose]: counters[Symbol.dispose],
  };
}

/** Counters of the calling thread, in user space; dispose of them to give them back. */
export interface HardwareCounters extends Disposable {
  /** What a run takes, on the average of `times` runs. */
  readonly count: (run: () => void, times: number) => HardwareCounts;
}

/** `PERF_COUNT_HW_*` of `linux/perf_event.h`. */
const EVENTS = { cycles: 0, instructions: 1, cacheMisses: 3 } as const;
type Event = keyof typeof EVENTS;
const events = Object.keys(EVENTS) as Event[];

/** The calls of the kernel that counting takes; a test has its own. */
export interface CounterSystem {
  /** A counter of an event, stopped; or why there is none, as an error number of Linux below zero. */
  readonly open: (event: number) => number;
  readonly control: (counter: number, what: "reset" | "enable" | "disable") => void;
  /** What was counted, and for how long it was to count and did, in ns: processors have few counters. */
  readonly read: (
    counter: number,
  ) => readonly [value: number, enabledNs: number, runningNs: number];
  readonly close: (counter: number) => void;
  /** `/proc/sys/kernel/perf_event_paranoid`; null: it cannot be read. */
  readonly paranoid: () => string | null;
}

/** Opens the counters that there are; where there is none at all, says why. */
export function openCounters(
  system: CounterSystem | null = linux(),
): HardwareCounters | { readonly refused: string } {
  if (system === null) return { refused: "Deno asks them of Linux on x86-64 or arm64 alone" };
  const found = events.map((event) => ({ event, counter: system.open(EVENTS[event]) }));
  const open = found.filter(({ counter }) => counter >= 0);
  if (open.length === 0) return { refused: reasonOf(-found[0].counter, system) };
  return {
    count: (run, times) => {
      const all = (what: "reset" | "enable" | "disable") =>
        open.forEach(({ counter }) => system.control(counter, what));
      all("reset");
      all("enable");
      for (let i = 0; i < times; i++) run();
      all("disable");
      return {
        ...uncounted,
        ...Object.fromEntries(open.map(({ event, counter }) => {
          const [value, enabledNs, runningNs] = system.read(counter);
          // Where counters take turns, what was not seen is taken for what was.
          return [event, runningNs === 0 ? null : value * enabledNs / runningNs / times];
        })),
      };
    },
    [Symbol.dispose]: () => open.forEach(({ counter }) => system.close(counter)),
  };
}

const [EPERM, ENOENT, EACCES, EOPNOTSUPP] = [1, 2, 13, 95];

function reasonOf(error: number, { paranoid }: CounterSystem): string {
  if (error === EPERM || error === EACCES) {
    const level = paranoid();
    return `the kernel refuses them (perf_event_paranoid is ${
      level ?? "unknown"
    }, needed 2 or less)`;
  }
  if (error === ENOENT || error === EOPNOTSUPP) {
    return "this machine shows none, as most virtual machines";
  }
  return `perf_event_open failed with error ${error}`;
}

const SYSCALLS: Readonly<Record<string, number>> = { x86_64: 298, aarch64: 241 };
const REQUESTS = { enable: 0x2400, disable: 0x2401, reset: 0x2403 } as const;
const CLOSE_ON_EXEC = 8n;

/** Linux by its C library; null: another system. */
function linux(): CounterSystem | null {
  // The npm package runs in Node and browsers too.
  if (typeof Deno === "undefined" || Deno.dlopen === undefined) return null;
  const number = SYSCALLS[Deno.build.arch];
  if (Deno.build.os !== "linux" || number === undefined) return null;
  const { symbols } = Deno.dlopen("libc.so.6", {
    syscall: { parameters: ["i64", "buffer", "i32", "i32", "i32", "u64"], result: "i64" },
    ioctl: { parameters: ["i32", "u64", "u64"], result: "i32" },
    read: { parameters: ["i32", "buffer", "usize"], result: "isize" },
    close: { parameters: ["i32"], result: "i32" },
    __errno_location: { parameters: [], result: "pointer" },
  });
  return {
    open: (event) => {
      const counter = Number(
        symbols.syscall(BigInt(number), attributes(event), 0, -1, -1, CLOSE_ON_EXEC),
      );
      if (counter >= 0) return counter;
      return -new Deno.UnsafePointerView(symbols.__errno_location()!).getInt32();
    },
    control: (counter, what) => void symbols.ioctl(counter, BigInt(REQUESTS[what]), 0n),
    read: (counter) => {
      const values = new BigUint64Array(3);
      symbols.read(counter, values, BigInt(values.byteLength));
      return [Number(values[0]), Number(values[1]), Number(values[2])];
    },
    close: (counter) => void symbols.close(counter),
    paranoid: () => {
      try {
        return Deno.readTextFileSync("/proc/sys/kernel/perf_event_paranoid").trim();
      } catch {
        return null;
      }
    },
  };
}

/** `struct perf_event_attr` in its first version, of 64 bytes. */
function attributes(event: number): Uint8Array<ArrayBuffer> {
  const view = new DataView(new ArrayBuffer(64));
  const isLittle = true;
  const [disabled, excludesKernel, excludesHypervisor] = [1n << 0n, 1n << 5n, 1n << 6n];
  const [enabledTime, runningTime] = [1n, 2n];
  view.setUint32(4, view.byteLength, isLittle);
  view.setBigUint64(8, BigInt(event), isLittle);
  view.setBigUint64(32, enabledTime | runningTime, isLittle);
  view.setBigUint64(40, disabled | excludesKernel | excludesHypervisor, isLittle);
  return new Uint8Array(view.buffer);
}
