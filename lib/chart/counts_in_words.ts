import { countNest } from "../analyze/count_nest.ts";
import type { Computation } from "../nest/pipeline.ts";

/** What a computation executes for each multiply-accumulate, as a line of a report. */
export function countsInWords(computation: Computation): string {
  const { macs, loads, stores, loopTests, addressUpdates, codeBytes } = countNest(computation);
  const per = (value: number) => (value / macs).toFixed(3);
  return `Per multiply-accumulate: ${per(loads)} loads, ${per(stores)} stores, ${per(loopTests)} ` +
    `loop tests, ${per(addressUpdates)} address updates; ${codeBytes} bytes of code.`;
}
