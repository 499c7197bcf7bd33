import { defineNest, type NestDefinition, type Statement } from "tinyloom";
import { assertThrows } from "../assert.ts";
import { convTile } from "../codegen/conv_tile.ts";

const { tensors, body } = convTile(
  { rows: 2, row: 3, pixels: 2, outs: 4, stride: 1 },
  { quantized: true },
);
const good: NestDefinition = {
  name: "tile",
  extents: { p: 2, o: 4, kh: 2, k: 3 },
  tensors,
  body,
};
const sum = { kind: "sum" } as const;

Deno.test("a sum is finished only from a start, over a reduction, by what it knows", () => {
  defineNest(good);
  const { start: _, ...continued } = body;
  refused({ ...continued }, 'a sum that is finished must "start" from a number');
  refused(
    {
      ...body,
      finish: {
        kind: "read",
        access: {
          tensor: "W",
          index: body.value.kind === "binary" && body.value.right.kind === "read"
            ? body.value.right.access.index
            : [],
        },
      },
    },
    'Cannot define tile: "W" is read at "kh" where a sum over it is complete',
  );
  assertThrows(
    () =>
      defineNest({
        ...good,
        extents: { p: 2, o: 4 },
        body: { ...body, value: { kind: "constant", value: 1 } },
      }),
    TypeError,
    "Cannot define tile: it finishes sums, but has no reduction",
  );
});

Deno.test("sums of their own dtype must be finished, and stay integers or floats", () => {
  const { finish: _, ...unfinished } = body;
  refused(
    unfinished,
    'its sums are i32 and "O" is i8; say in "finish" what becomes of them',
  );
  refused({ ...body, sum: "f32", finish: sum }, "sums of f32 are not stored as i8");
  refused({ ...body, sum: "i64" as "i32" }, "The dtype of the sums of tile must be one of");
});

Deno.test("what only a complete sum has is refused elsewhere", () => {
  refused({ ...body, value: sum }, 'must be one of read, constant, binary, found "sum"');
  const asBytes = tensors.map((each) =>
    each.name === "M" ? { ...each, dtype: "i8" as const } : each
  );
  assertThrows(
    () => defineNest({ ...good, tensors: asBytes }),
    TypeError,
    'Multipliers and shifts must be i32, but "M" is i8',
  );
  const floats = tensors.map((each) => ({ ...each, dtype: "f32" as const }));
  const { sum: _, ...inFloats } = body;
  assertThrows(
    () => defineNest({ ...good, tensors: floats, body: inFloats }),
    TypeError,
    "Only sums of i32 are requantized, but these are f32",
  );
});

function refused(changed: Statement, message: string): void {
  assertThrows(() => defineNest({ ...good, body: changed }), TypeError, message);
}
