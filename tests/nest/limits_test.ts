import { affine, defineNest, type Nest, type NestDefinition } from "tinyloom";
import { assertEquals, assertThrows } from "../assert.ts";

Deno.test("what is just within a limit is taken, what is just beyond it refused", () => {
  const read = (index: ReturnType<typeof affine>, outside?: number) => ({
    kind: "read" as const,
    access: { tensor: "X", index: [index], ...(outside !== undefined && { outside }) },
  });
  const rows = (changes: Partial<NestDefinition>, bytes = 8, value = read(affine("i"))) =>
    defineNest({
      name: "rows",
      extents: { i: 4 },
      tensors: [
        { name: "X", dtype: "i8", shape: [bytes], role: "input" },
        { name: "Y", dtype: "i32", shape: [4], role: "output" },
      ],
      body: { target: { tensor: "Y", index: [affine("i")] }, update: "set", value },
      ...changes,
    });
  const refused = (define: () => Nest, message: string) =>
    assertThrows(define, RangeError, message);
  rows({}, 2 ** 31 - 16);
  refused(() => rows({}, 2 ** 31 - 15), "take 2147483649 bytes, more than 2147483648");
  rows({}, 4);
  refused(() => rows({}, 3), 'Dimension 0 of "X" is read at 0..3, but has only 0..2');
  rows({}, 8, read(affine("i", 2 ** 31 - 4), 0));
  refused(() => rows({}, 8, read(affine("i", 2 ** 31 - 3), 0)), "at 2147483645..2147483648");
  rows({}, 8, read(affine({ i: -1 }, 4 - 2 ** 31), 0));
  refused(() => rows({}, 8, read(affine({ i: -1 }, 3 - 2 ** 31), 0)), "-2147483648..-2147483645");
  const X = read(affine("i"));
  const shifted = (by: number) =>
    rows(
      {},
      8,
      {
        ...{ kind: "binary", op: "shr", left: X, right: { kind: "constant", value: by } },
      } as unknown as typeof X,
    );
  for (const by of [0, 31]) shifted(by);
  for (const by of [-1, 32]) refused(() => shifted(by), "by a constant from 0 to 31, found ");
  for (const value of [-(2 ** 31), 2 ** 31 - 1]) {
    const constant = { kind: "constant", value } as const;
    const added = { kind: "binary", op: "add", left: X, right: constant } as const;
    const target = { tensor: "Y", index: [affine("i")] };
    rows({ body: { target, update: "set", value: added } });
    rows({ body: { target, update: "add", start: value, value: X } });
  }
  // One point alone is no reduction, however its axis is called.
  assertEquals(rows({ extents: { i: 4, k: 1 } }).axes[1].role, "reduction");
  assertThrows(() => rows({ extents: { i: 4, k: 2 } }), TypeError, 'not "set"');
});
