import { tableFromArrays } from "apache-arrow";
import { chartCacheMisses, show } from "tinyloom";
import { assertEquals, assertMatch, assertRejects } from "../assert.ts";

Deno.test("outside of a notebook, show resolves to the text form and gives it to write", async () => {
  const written: string[] = [];
  const table = tableFromArrays({ misses: [31] });
  const text = await show(table, { write: (line) => written.push(line) });
  assertEquals(text, "misses\n    31");
  assertEquals(written, ["misses\n    31"]);
});

Deno.test("in a notebook, show sends one display_data and resolves to nothing", async () => {
  const sent: unknown[] = [];
  const written: string[] = [];
  const result = await show("for i < 4:", {
    broadcast: (type, content) => Promise.resolve(void sent.push([type, content])),
    write: (line) => written.push(line),
  });
  assertEquals(result, undefined);
  assertEquals(written, []);
  assertEquals(sent, [["display_data", {
    data: { "text/html": "<pre>for i &lt; 4:</pre>", "text/plain": "for i < 4:" },
    metadata: {},
    transient: {},
  }]]);
});

Deno.test("show passes on that the kernel could not be reached", async () => {
  const broadcast = () => Promise.reject(new Error("no socket"));
  await assertRejects(() => show("x", { broadcast }), Error, "no socket");
});

Deno.test("show takes the library's charts", async () => {
  const chart = chartCacheMisses([{ tile: 16, level: "L1", misses: 4096 }]);
  assertMatch(await show(chart) ?? "", /^chart: Cache misses by tile size/);
});
