import { zoo, zooNames } from "tinyloom";
import { checksum } from "../../lib/measure/timed_nest.ts";
import { assertEquals } from "../assert.ts";

/** Every layer, shape and attribute of each network in one sum: what was so when its MACs were as published. */
const sums: Readonly<Record<string, string>> = {
  "mobilenet_v2": "53a63c72",
  "mobilenet_v2-0.75": "1839caf6",
  "mbv2-w0.3-r64": "27fb0f85",
  "mbv2-w0.3-r80": "dc55e995",
  "mbv2-w0.35-r144": "c5eb1716",
  "proxyless-mobile": "b6ec67c5",
  "proxyless-mobile14": "c2ea2cd3",
  "proxyless-cpu": "d1531e40",
  "proxyless-gpu": "4de3abd5",
  "proxyless-w0.25-r112": "3c4a04a2",
  "proxyless-w0.3-r64": "f6e1f302",
  "proxyless-w0.3-r176": "7ababc97",
  "mcunet-in0": "99f82e15",
  "mcunet-in1": "a076a7c2",
  "mcunet-in2": "34887e7c",
  "mcunet-in3": "e20a7ee1",
  "mcunet-in4": "6a12b7fd",
  "mcunet-vww0": "4dbb3746",
  "mcunet-vww1": "3d5b2445",
  "mcunet-vww2": "5fc4b785",
  "mobilenet_v1": "24f734dd",
  "resnet18": "05324c48",
  "mlperf-tiny-vww": "167383ef",
  "mlperf-tiny-kws": "fbd4cdfe",
  "mlperf-tiny-ic": "8ca651eb",
  "mlperf-tiny-ad": "0f6184b1",
};

Deno.test("the layers of every network of the zoo are those that they were", () => {
  const found = zooNames().map((name) => {
    const { tensors, operators, inputs, outputs } = zoo(name);
    const shapes = tensors.map(({ shape, dtype }) => [shape, dtype]);
    const text = JSON.stringify({ shapes, operators, inputs, outputs });
    return [name, checksum(new TextEncoder().encode(text))];
  });
  assertEquals(Object.fromEntries(found), sums);
});
