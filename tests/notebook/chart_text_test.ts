import { chartToText } from "tinyloom";
import { assertEquals } from "../assert.ts";

Deno.test("layers inherit the encoding of the chart they lie in", () => {
  const text = chartToText({
    title: { text: ["Roofline", "one thread"] },
    encoding: { x: { field: "intensity" } },
    layer: [
      { mark: { type: "line" }, encoding: { y: { field: "roof" } } },
      { mark: "point", encoding: { y: { field: "gflops" }, color: { value: "red" } } },
    ],
  });
  assertEquals(
    text,
    "chart: Roofline one thread\n" +
      "  line: x = intensity, y = roof\n" +
      "  point: x = intensity, y = gflops",
  );
});

Deno.test("facets and concatenations are walked, equal marks named once", () => {
  const part = { mark: "bar", encoding: { x: { field: "a" } } };
  assertEquals(chartToText({ hconcat: [part, part] }), "chart\n  bar: x = a");
  assertEquals(chartToText({ facet: {}, spec: part }), "chart\n  bar: x = a");
});
