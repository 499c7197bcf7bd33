// Stage 1: the paper's finding, and that workers change nothing.
import { chartSpaceCdfs, devices, optimizeSpace, searchSpaces, spaceTable } from "tinyloom";
import { assert, assertEquals, assertRejects } from "../assert.ts";

const KIB = 1024;
const spaces = searchSpaces({ resolutions: [96, 128, 160, 192, 224], widths: [0.3, 0.5, 0.7, 1] });

function device(sramKib: number, flashMib: number) {
  return { name: "x", sramBytes: sramKib * KIB, flashBytes: flashMib * KIB * KIB };
}

Deno.test("as SRAM grows at fixed Flash the resolution grows and the width stays; with Flash it widens", async () => {
  const best = async (sramKib: number, flashMib: number) => {
    const { best } = await optimizeSpace(spaces, device(sramKib, flashMib), { samples: 200 });
    return [best.resolution, best.width];
  };
  assertEquals(await best(192, 1), [128, 0.5]);
  assertEquals(await best(256, 1), [160, 0.5]);
  assertEquals(await best(320, 1), [192, 0.5]);
  assertEquals(await best(512, 2), [160, 1]);
});

Deno.test("the rows are the same for any number of workers", async () => {
  const few = spaces.slice(0, 8);
  const alone = await optimizeSpace(few, devices.stm32f746, { samples: 50, seed: 3 });
  const shared = await optimizeSpace(few, devices.stm32f746, { samples: 50, seed: 3, workers: 2 });
  assertEquals(shared, alone);
});

Deno.test("rolling rows admit more of every space than layers do", async () => {
  const options = { samples: 60, seed: 2 };
  const few = spaces.filter(({ width }) => width === 0.5);
  const layers = await optimizeSpace(few, devices.nano33ble, { ...options, memory: "layers" });
  const rolling = await optimizeSpace(few, devices.nano33ble, { ...options, memory: "rolling" });
  layers.rows.forEach((row, index) => {
    assert(row.satisfying <= rolling.rows[index].satisfying);
  });
  assert(rolling.best.resolution > layers.best.resolution);
});

Deno.test("the table and the chart show every space with networks that fit", async () => {
  const { rows } = await optimizeSpace(spaces, device(256, 1), { samples: 40 });
  assertEquals(spaceTable(rows).numRows, spaces.length);
  const known = rows.filter(({ satisfying }) => satisfying > 0);
  assert(known.length < rows.length);
  const chart = JSON.stringify(chartSpaceCdfs(rows, { most: 100 }));
  for (const { resolution, width } of known) {
    assert(chart.includes(`"${resolution}, ${width.toFixed(1)}"`));
  }
});

Deno.test("a device that holds nothing is refused, and a signal ends the work", async () => {
  await assertRejects(
    () => optimizeSpace(spaces, device(1, 1), { samples: 3 }),
    RangeError,
    "at most 0 of 3 networks",
  );
  const abort = new AbortController();
  const onProgress = () => abort.abort();
  await assertRejects(
    () => optimizeSpace(spaces, device(256, 1), { samples: 3, signal: abort.signal, onProgress }),
    DOMException,
    "abort",
  );
});
