import { assertEquals, assertThrows } from "../assert.ts";
import { coveragePage } from "./coverage_page.ts";
import { registries, registryText } from "./write_registries.ts";

Deno.test("registries list the files of their folders (deno task operators writes them)", () => {
  const root = new URL("../../", import.meta.url);
  const written = registries();
  assertEquals(written[0].path, "lib/model/operators/registry.ts");
  for (const { path, text } of written) {
    assertEquals(Deno.readTextFileSync(new URL(path, root)), text, path);
  }
});

Deno.test("the page of operators says what there is (deno task operators writes it)", () => {
  const { path, text } = coveragePage();
  assertEquals(path, "lib/engine/operators/README.md");
  assertEquals(Deno.readTextFileSync(new URL(`../../${path}`, import.meta.url)), text);
});

Deno.test("a registry names operators after their files", () => {
  const files = ["relu6.ts", "registry.ts", "average_pool_2d.ts"];
  assertEquals(
    registryText(files, { path: "here", imports: ['import "./x.ts";'], head: ["const all = {"] }),
    `// Written by \`deno task operators\` from the files of this folder; not to be changed by hand.
import "./x.ts";
import { averagePool2d } from "./average_pool_2d.ts";
import { relu6 } from "./relu6.ts";

const all = {
  AVERAGE_POOL_2D: averagePool2d,
  RELU6: relu6,
};
`,
  );
});

Deno.test("a file that no operator is called after stands in no registry", () => {
  for (const file of ["average_pool.ts", "Add.ts", "add.js", "custom_helper.ts"]) {
    assertThrows(
      () => registryText([file], { path: "here", imports: [], head: [] }),
      TypeError,
      `here/${file} is named after no operator of TFLite`,
    );
  }
});
