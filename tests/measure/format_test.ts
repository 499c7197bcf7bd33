import { assertEquals } from "../assert.ts";
import { formatCount, formatDuration, formatRatio, formatShare } from "tinyloom";
import { formatCell, formatHeading } from "../../lib/measure/format.ts";

Deno.test("formatDuration has three digits and the unit that suits", () => {
  assertEquals(
    [0.4, 1, 999.4, 999.6, 1234, 99_940, 1_979_000_000, 13.2e9, 0].map(formatDuration),
    [
      "0.400 ns",
      "1.00 ns",
      "999 ns",
      "1.00 µs",
      "1.23 µs",
      "99.9 µs",
      "1.98 s",
      "13.2 s",
      "0.00 ns",
    ],
  );
});

Deno.test("ratios, shares and counts read as people write them", () => {
  assertEquals([0.8, 1, 2.934, 67.34, 131.9].map(formatRatio), [
    "0.800x",
    "1.00x",
    "2.93x",
    "67.3x",
    "132x",
  ]);
  assertEquals(formatShare(0.9237), "92.4 %");
  assertEquals(formatCount(24296), "24,296");
});

Deno.test("cells follow the unit in their column's name", () => {
  assertEquals(formatCell("minNs", 5e6), "5.00 ms");
  assertEquals(formatCell("arenaBytes", 344064), "344,064 B");
  assertEquals(formatCell("bytes", 2048), "2,048 B");
  assertEquals(formatCell("peakShare", 0.5), "50.0 %");
  assertEquals(formatCell("speedupLow", 2.5), "2.50x");
  assertEquals(formatCell("macs", 5242880000), "5,242,880,000");
  assertEquals(formatCell("checksum", null), "–");
});

Deno.test("headings are words without the unit", () => {
  assertEquals(["medianNs", "sizeBytes", "gmacPerS", "loopTests"].map(formatHeading), [
    "median",
    "size",
    "GMAC/s",
    "loop tests",
  ]);
});

Deno.test("a heading keeps the capitals of tensors and caches", () => {
  assertEquals(["missesB", "missesOfL1", "Variant"].map(formatHeading), [
    "misses B",
    "misses of L1",
    "variant",
  ]);
  assertEquals(["int8Accuracy", "misses256KiB", "winograd2", "minFloat32"].map(formatHeading), [
    "int8 accuracy",
    "misses 256 KiB",
    "winograd 2",
    "min float32",
  ]);
});
