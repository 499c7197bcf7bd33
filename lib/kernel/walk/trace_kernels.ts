import { viewOf } from "./count_kernels.ts";
import type { WalkedCode } from "./walked_code.ts";
import { writeWalk } from "./write_walk.ts";

/**
 * Called for every load and store, in order: byte address, size, index of the region, which it is,
 * and how many of the bytes matter.
 */
export type Touch = (
  address: number,
  bytes: number,
  region: number,
  stores: boolean,
  usedBytes: number,
) => void;

/** Kernels whose accesses are about to be reported. */
export interface Trace {
  /** Names of the regions, by index. */
  readonly regions: readonly string[];
  /** Reports all accesses, in the order in which they are made. */
  readonly run: (touch: Touch) => void;
}

/**
 * The addresses that kernels access, without what they compute.
 *
 * @throws {TypeError} if an address or a decision depends on vectors or floats, or on a memory that is
 *   not given; `run`, if it depends on bytes that the kernels themselves have written.
 */
export function traceKernels(code: WalkedCode): Trace {
  const { javascript, regions } = writeWalk(code, "trace");
  const walk = new Function("$touch", "$view", "$expect", javascript);
  const view = viewOf(code);
  return {
    regions,
    run: (touch) => {
      if (view === null || !javascript.includes("$expect(")) return walk(touch, view, null);
      const written = new Uint8Array(view.byteLength);
      const expect = (address: number, bytes: number): void => {
        for (let byte = address; byte < address + bytes; byte++) {
          if (written[byte] === 0) continue;
          throw new TypeError(
            `kernel ${
              code.kernels[0].name
            }: what is executed, or where, depends on byte ${byte}, ` +
              `which it has written before`,
          );
        }
      };
      const noting: Touch = (address, bytes, region, stores, usedBytes) => {
        if (stores) written.fill(1, address, address + bytes);
        touch(address, bytes, region, stores, usedBytes);
      };
      return walk(noting, view, expect);
    },
  };
}
