// Loops as they are written down, over memory in which every byte knows whose it is. No formula.
import type { LoopDirection, SlidingWindow } from "tinyloom";

/** Input pixels in the window of an output pixel. */
export function windowPixels(window: SlidingWindow, pixel: number): number[] {
  const x = pixel % window.outputWidth;
  const y = Math.floor(pixel / window.outputWidth) % window.outputHeight;
  const batch = Math.floor(pixel / window.outputWidth / window.outputHeight);
  const pixels: number[] = [];
  for (let i = 0; i < window.kernelHeight; i++) {
    for (let j = 0; j < window.kernelWidth; j++) {
      const row = y * window.strideH - window.top + i * window.dilationH;
      const column = x * window.strideW - window.left + j * window.dilationW;
      const isInside = row >= 0 && row < window.inputHeight && column >= 0 &&
        column < window.inputWidth;
      const image = batch * window.inputHeight * window.inputWidth;
      if (isInside) pixels.push(image + row * window.inputWidth + column);
    }
  }
  return pixels;
}

export function pixelCount(window: SlidingWindow): number {
  return window.batches * window.outputHeight * window.outputWidth;
}

export function inputSize(window: SlidingWindow): number {
  return window.batches * window.inputHeight * window.inputWidth * window.inputPixelBytes;
}

/** A loop under test: how far the output is from the input, and how the loop runs. */
export interface Trial {
  readonly distance: number;
  readonly direction: LoopDirection;
  /** Pixels computed together, or held back. */
  readonly pixels: number;
}

/** Whether every read of a convolution finds its input, each output element stored when finished. */
export function convolutionSurvives(window: SlidingWindow, trial: Trial): boolean {
  const overwritten = new Uint8Array(inputSize(window));
  const store = (from: number, until: number) => {
    for (let byte = from; byte < until; byte++) {
      const at = byte + trial.distance;
      if (at >= 0 && at < overwritten.length) overwritten[at] = 1;
    }
  };
  const count = pixelCount(window);
  const channels = window.outputPixelBytes / window.outputElementBytes;
  const isForward = trial.direction === "forward";
  for (let done = 0; done < count; done += trial.pixels) {
    const turns = Array.from({ length: Math.min(trial.pixels, count - done) }, (_, i) => done + i);
    for (let turn = 0; turn < channels; turn++) {
      const channel = isForward ? turn : channels - 1 - turn;
      for (const at of turns) {
        const pixel = isForward ? at : count - 1 - at;
        for (const read of windowPixels(window, pixel)) {
          const from = read * window.inputPixelBytes;
          const bytes = overwritten.subarray(from, from + window.inputPixelBytes);
          if (bytes.includes(1)) return false;
        }
        const from = pixel * window.outputPixelBytes + channel * window.outputElementBytes;
        store(from, from + window.outputElementBytes);
      }
    }
  }
  return true;
}

/** Whether every read of a depthwise convolution that goes channel by channel finds its input. */
export function depthwiseSurvives(window: SlidingWindow, trial: Trial): boolean {
  const { inputPixelBytes: stride, outputElementBytes: size } = window;
  const overwritten = new Uint8Array(inputSize(window));
  const count = pixelCount(window);
  for (let channel = 0; channel < stride; channel += size) {
    for (let turn = 0; turn < count + trial.pixels; turn++) {
      const unit = (t: number) => trial.direction === "forward" ? t : count - 1 - t;
      if (turn < count) {
        for (const read of windowPixels(window, unit(turn))) {
          const from = read * stride + channel;
          if (overwritten.subarray(from, from + size).includes(1)) return false;
        }
      }
      if (turn < trial.pixels) continue;
      const at = unit(turn - trial.pixels) * stride + channel + trial.distance;
      for (let byte = at; byte < at + size; byte++) {
        if (byte >= 0 && byte < overwritten.length) overwritten[byte] = 1;
      }
    }
  }
  return true;
}
