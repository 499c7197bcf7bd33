import type { Timed } from "../../lib/measure/timed_nest.ts";

/** A clock that only moves when told to. */
export class FakeClock {
  nowMs = 0;
  readonly now = (): number => this.nowMs;
}

/** A stand-in for a kernel: running it moves the clock by what `runMs` says. */
export function fakeTimed(
  clock: FakeClock,
  name: string,
  runMs: (nowMs: number) => number,
  more: Partial<Timed> = {},
): Timed {
  return {
    name,
    shape: "8x8x8",
    dtype: "float32",
    schedule: [],
    threads: 1,
    macs: 512,
    verify: () => ({ verified: true, checksum: `sum of ${name}`, maxError: 0, tolerance: 0 }),
    warm: () => void (clock.nowMs += 0.5),
    run: () => void (clock.nowMs += runMs(clock.nowMs)),
    ...more,
  };
}
