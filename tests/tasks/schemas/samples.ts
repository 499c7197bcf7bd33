/**
 * Command lines whose output is what the schemas are made from, and held to by the tests. Each command
 * with `--json` has some; together they must show every field, with null where it can be that.
 */
import { writeNpy } from "tinyloom/engine";
import { zip } from "../../tinynas/data_files.ts";

const small = ["--m", "16", "--k", "16", "--n", "16", "--budget", "0.3"];
const layer = ["--shape", "1x6x6x8,3x3x8,same", "--budget", "0.3"];
const short = ["--budget", "0.3"];
const search = ["--device", "nano33ble", "--samples", "40", "--population", "8"];
const found = [...search, "--generations", "1", "--front", "2", "--workers", "1"];
const learnt = [
  ...["--sram", "32k", "--flash", "128k", "--data", "set.npz", "--samples", "20"],
  ...["--population", "3", "--generations", "1", "--steps", "4", "--tuning-steps", "2"],
  ...["--workers", "1"],
];

/** By the command's name: its command lines, run one after the other in one folder, `--json` added. */
export const samples: Readonly<Record<string, readonly (readonly string[])[]>> = {
  matmul: [
    [...small, "--variants", "naive,best", "--out", "a.arrow"],
    [...small, "--dtype", "i8", "--variants", "naive", "--no-fma"],
    [...small, "--variants", "naive", "--backends", "javascript,wasm", "--counters"],
    [...small, "--variants", "naive", "--backends", "native-best"],
  ],
  conv: [
    [...layer, "--variants", "implicit,im2col,winograd2"],
    [...layer, "--dtype", "i8", "--variants", "implicit"],
    [...layer, "--variants", "implicit", "--backends", "wasm", "--counters"],
    [...layer, "--variants", "implicit", "--backends", "native-O3"],
  ],
  tune: [
    ["matmul", ...small, "--evaluations", "3"],
    ["matmul", "--sizes", "8x8x8,16x8x8", "--seeds", "2", "--budget", "0.3", "--evaluations", "3"],
  ],
  compare: [["a.arrow", "a.arrow"], ["a.arrow", "a.arrow", "--tolerance", "0"]],
  model: [
    ["zoo:mlperf-tiny-kws"],
    ["zoo:mobilenet_v2,width=0.35"],
    ["zoo:mlperf-tiny-kws", "zoo:mlperf-tiny-ad"],
  ],
  plan: [
    ["zoo:mlperf-tiny-kws"],
    ["zoo:mlperf-tiny-kws", "--device", "nano33ble"],
    ["zoo:mobilenet_v2", "--device", "nano33ble"],
    ["zoo:mcunet-vww1", "--sram", "64k", "--flash", "1M"],
    ["zoo:mcunet-vww1", "--fusion", "rolling", "--frontier", "--input", "external"],
    ["zoo:mcunet-vww1", "--fusion", "patch"],
    ["zoo:mcunet-vww1", "--fusion", "best", "--mac-budget", "1.02", "--compare"],
    ["zoo:mlperf-tiny-kws", "zoo:mlperf-tiny-ad"],
    ["zoo:mlperf-tiny-kws", "zoo:mcunet-vww1", "--device", "nano33ble"],
  ],
  devices: [[], ["zoo:mlperf-tiny-kws"]],
  deploy: [
    ["zoo:mlperf-tiny-ad", "--out", "ad"],
    ["zoo:mlperf-tiny-ad", "--out", "ad", "--device", "nano33ble", "--verify", "host"],
    ["zoo:mlperf-tiny-ad", "--out", "ad", "--device", "nano33ble", "--verify", "qemu"],
  ],
  run: [
    ["zoo:mlperf-tiny-kws", "--input", "frames.bin"],
    ["zoo:mlperf-tiny-kws", "--input", "frames.bin", "--checked"],
    ["zoo:mlperf-tiny-kws", "--input", "frames.bin", "--reference"],
    ["zoo:mlperf-tiny-ic", "--input", "dot.bmp", "--output", "scores.npy"],
  ],
  profile: [
    ["zoo:mlperf-tiny-ad", ...short, "--out", "b.arrow"],
    ["zoo:mcunet-vww1", ...short, "--fusion", "rolling"],
  ],
  reproduce: [["a.arrow", "--budget", "0.3"], ["b.arrow", "--budget", "0.3"]],
  bench: [
    ["zoo:mlperf-tiny-ad", ...short],
    ["zoo:mlperf-tiny-kws", ...short, "--threads", "2"],
    ["zoo:mlperf-tiny-ad", ...short, "--backends", "wasm", "--counters"],
    ["zoo:mlperf-tiny-ad", ...short, "--backends", "native-best"],
  ],
  ablate: [["zoo:mlperf-tiny-ad", "--budget", "1"]],
  search: [found, [...found, "--fitness", "score"], learnt],
  operators: [[]],
  allocate: [["buffers.csv"], ["buffers.csv", "--capacity", "4"]],
  doctor: [[]],
};

/** The program that a command line needs beside this one. */
export function neededTool(line: readonly string[]): string | null {
  const compiles = line.includes("host") || line.some((each) => each.startsWith("native-"));
  return compiles ? "cc" : line.includes("qemu") ? "qemu-system-arm" : null;
}

/** Files that the command lines read. */
export const files: Readonly<Record<string, Uint8Array>> = {
  "frames.bin": new Uint8Array(2 * 490),
  "buffers.csv": new TextEncoder().encode(
    "id,lower,upper,size\na,0,2,3\nb,1,3,2\nc,2,4,3\n",
  ),
  "dot.bmp": whitePixel(),
  "set.npz": smallSet(),
};

/** Examples of two classes that nothing tells apart: accuracies are no whole numbers. */
function smallSet(): Uint8Array {
  const labels = Uint8Array.from({ length: 40 }, (_, i) => i * i % 7 % 2);
  const values = Uint8Array.from({ length: 40 * 256 }, (_, i) => i * i * 31 % 251);
  return zip({
    "x.npy": writeNpy({ dtype: "uint8", shape: [40, 16, 16], values }),
    "y.npy": writeNpy({ dtype: "uint8", shape: [40], values: labels }),
  });
}

/** A BMP file of one white pixel of 24 bits. */
function whitePixel(): Uint8Array {
  const bytes = new Uint8Array(58);
  const view = new DataView(bytes.buffer);
  bytes.set([0x42, 0x4d]);
  view.setUint32(2, 58, true);
  view.setUint32(10, 54, true);
  view.setUint32(14, 40, true);
  view.setInt32(18, 1, true);
  view.setInt32(22, 1, true);
  view.setUint16(26, 1, true);
  view.setUint16(28, 24, true);
  bytes.fill(255, 54, 57);
  return bytes;
}
