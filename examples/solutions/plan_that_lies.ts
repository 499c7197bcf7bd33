// Exercise 2 of lesson 20: a plan that a trusting validator believes.
//
// The validator asks whether sharing was declared, not whether it is safe. The second layer is computed
// in place with some pixels held back in a ring of their own (lesson 11). Put the ring where the image
// lies that is being read, and declare it.
//
// Run: deno run -A examples/solutions/plan_that_lies.ts
import { type Plan, planMemory } from "tinyloom";
import { planThatLies, spoiledModel } from "../../notebooks/exercises.ts";

const honest = planMemory(spoiledModel);
const ring = honest.buffers.find(({ kind }) => kind === "ring" || kind === "scratch")!;
const read = honest.buffers.filter(({ kind, from, until }) =>
  kind === "tensor" && from <= ring.from && until > ring.from
);
const shares = read.map(({ id }) => ({
  ...honest.buffers.flatMap((buffer) => buffer.shares)[0],
  buffer: id,
  step: ring.from,
  reason: "believe me",
}));

export const solution: Plan = {
  ...honest,
  buffers: honest.buffers.map((buffer) =>
    buffer === ring ? { ...ring, offsetBytes: read[0].offsetBytes + 9, shares } : buffer
  ),
};

if (import.meta.main) console.log(planThatLies(solution));
