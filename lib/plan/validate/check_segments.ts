import type { Plan } from "../plan.ts";
import { finding, type PlanFinding } from "./finding.ts";

/** Whether segments and steps agree about each other, and rings with their buffers. */
export function checkSegments({ segments, steps, buffers }: Plan): PlanFinding[] {
  const found: PlanFinding[] = [];
  steps.forEach(({ form, segment, operator }, step) => {
    const owner = segments.findIndex(({ from, until }) => from <= step && step < until);
    if (owner === (segment ?? -1) && (form === "fused") === (owner !== -1)) return;
    const message = `operator ${operator} runs ${form} in segment ${segment}, but step ${step} ` +
      `belongs to segment ${owner === -1 ? null : owner}`;
    found.push(finding(message, { step, operator }));
  });
  segments.forEach(({ from, until, rings }, index) => {
    const next = segments[index + 1]?.from ?? steps.length;
    if (!(from < until && until <= next)) {
      found.push(finding(`segment ${index} has steps ${from} to ${until - 1}, the next ${next}`));
    }
    for (const ring of rings) {
      const { layout, pixelBytes, rows, rowBytes, pixels, mirrorPixels } = ring;
      const buffer = buffers.find(({ id }) => id === ring.buffer);
      const size = layout === "rows" ? rows * rowBytes : (pixels + mirrorPixels) * pixelBytes;
      const isPlaced = buffer !== undefined && buffer.kind === "ring" &&
        buffer.tensors.includes(ring.tensor) && buffer.offsetBytes === ring.offsetBytes &&
        buffer.sizeBytes >= size && buffer.from <= from && until <= buffer.until;
      if (isPlaced && size > 0) continue;
      const message = `the ring of t${ring.tensor} in segment ${index}, ${size} bytes at ` +
        `${ring.offsetBytes}, is not what its buffer ${ring.buffer} says`;
      found.push(finding(message, { step: from, tensor: ring.tensor, byte: ring.offsetBytes }));
    }
  });
  for (const { id, kind } of buffers) {
    if (kind !== "ring" || segments.some(({ rings }) => rings.some((r) => r.buffer === id))) {
      continue;
    }
    found.push(finding(`buffer ${id} is a ring of no segment`));
  }
  return found;
}
