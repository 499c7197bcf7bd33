/** A label's anchor in pixels from the plot's top left. */
export interface LabelPoint {
  readonly x: number;
  readonly y: number;
  readonly text: string;
}

/** Where a label goes relative to its point, in the terms of Vega's text mark. */
export interface LabelPlace {
  readonly align: "left" | "right" | "center";
  readonly dx: number;
  readonly dy: number;
}

interface Box {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

const characterWidth = 6.6;
const lineHeight = 14;

const candidates: readonly LabelPlace[] = [
  { align: "left", dx: 9, dy: 0 },
  { align: "right", dx: -9, dy: 0 },
  { align: "center", dx: 0, dy: -14 },
  { align: "center", dx: 0, dy: 14 },
  { align: "left", dx: 9, dy: 13 },
  { align: "left", dx: 9, dy: -13 },
  { align: "right", dx: -9, dy: 13 },
  { align: "right", dx: -9, dy: -13 },
];

/** The plot that labels stay inside of. */
export interface LabelRoom {
  readonly width: number;
  readonly height: number;
  /** Points of lines that labels should not cross. */
  readonly obstacles: readonly { readonly x: number; readonly y: number }[];
}

/**
 * Puts each label beside its point where it covers no other label, no point and stays inside the
 * plot; where nothing is free, the place that covers least.
 */
export function placeLabels(
  points: readonly LabelPoint[],
  { width, height, obstacles }: LabelRoom,
): readonly LabelPlace[] {
  const taken: Box[] = [...points, ...obstacles].map(({ x, y }) => ({
    left: x - 6,
    top: y - 6,
    right: x + 6,
    bottom: y + 6,
  }));
  return points.map((point) => {
    const costs = candidates.map((place) => {
      const box = boxOf(point, place);
      const outside = box.left < 0 || box.right > width || box.top < 0 || box.bottom > height;
      return (outside ? 1e6 : 0) + taken.reduce((sum, other) => sum + overlap(box, other), 0);
    });
    const best = candidates[costs.indexOf(Math.min(...costs))];
    taken.push(boxOf(point, best));
    return best;
  });
}

function boxOf({ x, y, text }: LabelPoint, { align, dx, dy }: LabelPlace): Box {
  const wide = text.length * characterWidth;
  const left = x + dx - (align === "left" ? 0 : align === "right" ? wide : wide / 2);
  return {
    left,
    right: left + wide,
    top: y + dy - lineHeight / 2,
    bottom: y + dy + lineHeight / 2,
  };
}

function overlap(a: Box, b: Box): number {
  const wide = Math.min(a.right, b.right) - Math.max(a.left, b.left);
  const high = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
  return wide > 0 && high > 0 ? wide * high : 0;
}
