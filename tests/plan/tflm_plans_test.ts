import { assertEquals } from "../assert.ts";
import { allocate, allocateGreedy, type Buffer, validateAllocation } from "../../mod.ts";
import { findShared, readShared } from "../shared_files.ts";

interface PlanEntry {
  readonly size: number;
  readonly offset: number;
  readonly first: number;
  readonly last: number;
}

// What TensorFlow Lite Micro itself planned, recorded in the order in which it added the buffers.
const names = ["keyword_scrambled_8bit", "mcunet_vww1", "person_detect"];

function isThere(name: string): boolean {
  return findShared(`models/${name}/plan.json`) !== null;
}

function read(name: string): { recorded: readonly PlanEntry[]; buffers: readonly Buffer[] } {
  const recorded: PlanEntry[] = JSON.parse(
    new TextDecoder().decode(readShared(`models/${name}/plan.json`)),
  );
  const buffers = recorded.map(({ size, first, last }, i) => ({
    id: `${i}`,
    from: first,
    until: last + 1,
    sizeBytes: size,
  }));
  return { recorded, buffers };
}

for (const name of names) {
  Deno.test({
    name: `greedy gives TensorFlow Lite Micro's own offsets for ${name} (needs ../shared)`,
    ignore: !isThere(name),
    fn() {
      const { recorded, buffers } = read(name);
      const plan = allocateGreedy(buffers);
      assertEquals(plan.buffers.map((b) => b.offsetBytes), recorded.map((r) => r.offset));
      assertEquals(plan.heightBytes, Math.max(...recorded.map((r) => r.offset + r.size)));
    },
  });

  Deno.test({
    name: `allocate meets the lower bound for ${name} without search (needs ../shared)`,
    ignore: !isThere(name),
    fn() {
      const { buffers } = read(name);
      const plan = allocate(buffers, { alignmentBytes: 16 });
      assertEquals(validateAllocation(buffers, plan, { alignmentBytes: 16 }), []);
      assertEquals([plan.optimal, plan.nodes], [true, 0]);
    },
  });
}
