import { xoroshiro128plus } from "../../npm/pure_rand.ts";
import { bell } from "../../model/zoo/bell.ts";
import type { Scene, Shape } from "./scene.ts";

/** Draws a scene as grey pixels of 0 to 255, row by row. */
export function renderScene(scene: Scene, pixels: Uint8Array): void {
  const side = Math.sqrt(pixels.length);
  const { shapes, background: [middle, right, down], noise, noiseSeed } = scene;
  const grey = new Float64Array(pixels.length);
  for (let i = 0; i < grey.length; i++) {
    const [row, column] = [Math.floor(i / side), i % side];
    grey[i] = middle + right * (column / side - 0.5) + down * (row / side - 0.5);
  }
  for (const shape of shapes) paint(shape, grey, side);
  const random = xoroshiro128plus(noiseSeed);
  for (let i = 0; i < grey.length; i += 4) {
    const bits = random.next();
    for (let j = i; j < Math.min(i + 4, grey.length); j++) {
      const value = grey[j] + noise * bell[bits >>> 8 * (j - i) & 255];
      pixels[j] = Math.min(255, Math.max(0, Math.round(255 * value)));
    }
  }
}

/** Covers pixels as far as the shape does: its edges are one pixel wide. */
function paint(shape: Shape, grey: Float64Array, side: number): void {
  const { kind, x, y, halfWidth, halfHeight, turn, brightness } = shape;
  const reach = Math.hypot(halfWidth, halfHeight) + 1 / side;
  const bound = (value: number) => Math.min(side, Math.max(0, Math.ceil(value * side)));
  const [cos, sin] = [Math.cos(turn), Math.sin(turn)];
  for (let row = bound(y - reach); row < bound(y + reach); row++) {
    for (let column = bound(x - reach); column < bound(x + reach); column++) {
      const [dx, dy] = [(column + 0.5) / side - x, (row + 0.5) / side - y];
      const distance = kind === "disc" ? Math.hypot(dx, dy) - halfWidth : Math.max(
        Math.abs(dx * cos + dy * sin) - halfWidth,
        Math.abs(dy * cos - dx * sin) - halfHeight,
      );
      const cover = Math.min(1, Math.max(0, 0.5 - distance * side));
      const i = row * side + column;
      grey[i] += cover * (brightness - grey[i]);
    }
  }
}
