import { freeBytes } from "../../lib/engine/memory_map.ts";
import { planMemory, zoo } from "../../mod.ts";
import { assert, assertEquals } from "../assert.ts";

Deno.test("free bytes of a step hold nothing that is alive, and no longer stretch is there", () => {
  for (const fusion of ["none", "rolling", "patch"] as const) {
    const plan = planMemory(zoo("mlperf-tiny-vww"), { fusion });
    plan.steps.forEach(({ segment }, step) => {
      const together = plan.steps.flatMap((each, i) =>
        i === step || segment !== null && each.segment === segment ? [i] : []
      );
      const taken = new Uint8Array(plan.peakBytes);
      for (const { from, until, offsetBytes, sizeBytes } of plan.buffers) {
        const isAlive = together.some((each) => each >= from && each < until);
        if (isAlive) taken.fill(1, offsetBytes, offsetBytes + sizeBytes);
      }
      const region = freeBytes(plan, step);
      let longest = 0;
      for (let at = 0; at < taken.length; at += 8) {
        let end = at;
        while (end < taken.length && taken[end] === 0) end++;
        longest = Math.max(longest, end - at);
      }
      assertEquals(region?.sizeBytes ?? 0, longest, `${fusion}, step ${step}`);
      if (region === null) return;
      assertEquals(region.offsetBytes % 8, 0);
      const bytes = taken.subarray(region.offsetBytes, region.offsetBytes + region.sizeBytes);
      assert(bytes.every((each) => each === 0), `${fusion}, step ${step}`);
    });
  }
});
