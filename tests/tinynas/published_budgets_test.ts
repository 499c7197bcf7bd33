// The budgets of MCUNet's released networks: as many multiply-accumulates at least, more with rows.
import { publishedMcunet, searchNetwork, searchSpace } from "tinyloom";
import { assert } from "../assert.ts";

const small = { population: 40, parents: 10, generations: 8, front: 1 } as const;

// SRAM and Flash in KiB; resolution and width as released, and with rolling rows.
const budgets = [
  ["mcunet-in2", [256, 1024], [160, 0.5], [224, 0.6]],
  ["mcunet-in3", [320, 1024], [176, 0.5], [224, 0.6]],
  ["mcunet-in4", [512, 2048], [160, 1], [224, 1]],
] as const;

for (const [name, [sramKib, flashKib], released, rolling] of budgets) {
  Deno.test(`within ${sramKib} KiB and ${flashKib} KiB: more than ${name}, and more still by rows`, async () => {
    const device = { name, sramBytes: 1024 * sramKib, flashBytes: 1024 * flashKib };
    const found = async (
      [resolution, width]: readonly [number, number],
      memory: "in-place" | "rolling",
    ) => {
      const space = searchSpace({ resolution, width });
      const { best } = await searchNetwork(space, device, { ...small, memory });
      assert(best.peakBytes <= device.sramBytes && best.flashBytes <= device.flashBytes);
      return best.macs;
    };
    const published = publishedMcunet.find(({ model }) => model === name)!;
    const inPlace = await found(released, "in-place");
    assert(inPlace >= 1e6 * published.macsMillions, `${inPlace}`);
    const byRows = await found(rolling, "rolling");
    assert(byRows > 1.4 * inPlace, `${byRows} against ${inPlace}`);
  });
}
