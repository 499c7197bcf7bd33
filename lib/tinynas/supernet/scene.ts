import { type RandomGenerator, uniformFloat64, uniformInt } from "../../npm/pure_rand.ts";

/** A filled shape; lengths are shares of the image's side. */
export interface Shape {
  readonly kind: "disc" | "box";
  readonly x: number;
  readonly y: number;
  /** Half of the width; the radius of a disc. */
  readonly halfWidth: number;
  readonly halfHeight: number;
  /** In radians. */
  readonly turn: number;
  /** 0 (black) to 1 (white). */
  readonly brightness: number;
}

/** What is seen in an image, whatever its resolution. */
export interface Scene {
  /** Shapes from back to front. */
  readonly shapes: readonly Shape[];
  /** Brightness in the middle, and how it grows to the right and downwards. */
  readonly background: readonly [middle: number, right: number, down: number];
  /** Standard deviation of the noise of a pixel. */
  readonly noise: number;
  readonly noiseSeed: number;
  /** 1 if a figure is in the image. */
  readonly label: 0 | 1;
}

/**
 * A figure is a disc (the head) above a box (the body), of any size, place, contrast and slight turn.
 * Without a figure, an image mostly has the same two parts in another arrangement: only together and
 * in the right order do they make the class. Clutter lies behind in both cases.
 */
export function drawScene(random: RandomGenerator, label: 0 | 1): Scene {
  const between = (from: number, until: number) => from + (until - from) * uniformFloat64(random);
  const oneIn = (count: number) => uniformInt(random, 0, count - 1) === 0;
  const middle = between(0.25, 0.75);
  const background = [middle, between(-0.2, 0.2), between(-0.2, 0.2)] as const;
  const contrasting = () => {
    const contrast = between(0.15, 0.5);
    const brighter = oneIn(2) ? middle + contrast : middle - contrast;
    return Math.min(1, Math.max(0, brighter));
  };
  const clutter = Array.from({ length: uniformInt(random, 1, 4) }, (): Shape => {
    const halfWidth = between(0.03, 0.15);
    const isDisc = oneIn(2);
    return {
      kind: isDisc ? "disc" : "box",
      x: between(0, 1),
      y: between(0, 1),
      halfWidth,
      halfHeight: isDisc ? halfWidth : between(0.03, 0.15),
      turn: between(0, Math.PI),
      brightness: contrasting(),
    };
  });
  const radius = between(0.05, 0.11);
  const brightness = contrasting();
  const figure = {
    radius,
    x: between(3 * radius, 1 - 3 * radius),
    y: between(3 * radius, 1 - 3 * radius),
    brightness,
    lean: between(-0.2, 0.2),
  };
  const parts = label === 1 ? figureOf(figure, 0) : oneIn(5)
    ? []
    // A quarter, half and three quarters of a turn: beside, below, beside.
    : figureOf(figure, uniformInt(random, 1, 3) * Math.PI / 2);
  return {
    shapes: [...clutter, ...parts],
    background,
    noise: between(0.02, 0.1),
    noiseSeed: random.next(),
    label,
  };
}

/** Head and body; turned by `turn`, the head alone moves round the body. */
function figureOf(
  figure: {
    readonly radius: number;
    readonly x: number;
    readonly y: number;
    readonly brightness: number;
    readonly lean: number;
  },
  turn: number,
): readonly Shape[] {
  const { radius, x, y, brightness, lean } = figure;
  const distance = 2.2 * radius;
  const angle = turn + lean;
  return [
    {
      kind: "box",
      x: x - Math.sin(angle) * distance / 2,
      y: y + Math.cos(angle) * distance / 2,
      halfWidth: 1.2 * radius,
      halfHeight: 1.2 * radius,
      turn: lean,
      brightness,
    },
    {
      kind: "disc",
      x: x + Math.sin(angle) * distance / 2,
      y: y - Math.cos(angle) * distance / 2,
      halfWidth: radius,
      halfHeight: radius,
      turn: 0,
      brightness,
    },
  ];
}
