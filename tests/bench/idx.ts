import type { LabelledImages } from "tinyloom";

/** Images and labels of a set in MNIST's IDX format, compressed: `NAME-images-idx3-ubyte.gz`. */
export async function readIdxImages(folder: string, name: string): Promise<LabelledImages> {
  const bytes = async (kind: string) => {
    const file = await Deno.open(`${folder}/${name}-${kind}-ubyte.gz`);
    const plain = file.readable.pipeThrough(new DecompressionStream("gzip"));
    return new Uint8Array(await new Response(plain).arrayBuffer());
  };
  const [images, labels] = [await bytes("images-idx3"), await bytes("labels-idx1")];
  const resolution = new DataView(images.buffer).getUint32(8);
  return { pixels: images.subarray(16), labels: labels.subarray(8), resolution };
}
