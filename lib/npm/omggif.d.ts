export class GifReader {
  constructor(bytes: Uint8Array);
  readonly width: number;
  readonly height: number;
  decodeAndBlitFrameRGBA(frame: number, pixels: Uint8Array): void;
}
