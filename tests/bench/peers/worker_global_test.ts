import { assertEquals, assertRejects } from "../../assert.ts";
import { ClassicWorker, keepWorker } from "./worker_global.ts";

Deno.test("a library that replaces Worker leaves it as it was, also when it fails", async () => {
  const before = globalThis.Worker;
  const during = await keepWorker(() => Promise.resolve(globalThis.Worker), {
    during: ClassicWorker,
  });
  assertEquals(during, ClassicWorker);
  assertEquals(globalThis.Worker, before);
  await assertRejects(() =>
    keepWorker(() => {
      globalThis.Worker = ClassicWorker;
      return Promise.reject(new Error("no"));
    })
  );
  assertEquals(globalThis.Worker, before);
});
