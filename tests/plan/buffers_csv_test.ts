import fc from "fast-check";
import { assertEquals, assertThrows } from "../assert.ts";
import { readBuffersCsv, writeBuffersCsv } from "../../mod.ts";
import { arbitraryBuffers } from "./arbitrary_buffers.ts";

const twoBuffers = [
  { id: "b1", from: 0, until: 3, sizeBytes: 4 },
  { id: "b2", from: 3, until: 9, sizeBytes: 5 },
];

Deno.test("CSV in minimalloc's format is read, upper ends exclusive", () => {
  assertEquals(readBuffersCsv("id,lower,upper,size\nb1,0,3,4\nb2,3,9,5\n"), twoBuffers);
});

Deno.test("CRLF, blank lines, a byte order mark, spaces and quotes are tolerated", () => {
  assertEquals(
    readBuffersCsv('\uFEFFid,lower,upper,size\r\n"b1", 0,3,"4"\r\n\r\nb2,3,9,5'),
    twoBuffers,
  );
});

Deno.test("quoted ids may hold commas and quotes", () => {
  const [buffer] = readBuffersCsv('id,lower,upper,size\n"conv 1, ""pad""",0,1,2\n');
  assertEquals(buffer.id, 'conv 1, "pad"');
});

Deno.test("columns come in any order, under any of minimalloc's names", () => {
  assertEquals(readBuffersCsv("size,end,start,buffer_id\n4,2,0,b1\n5,8,3,b2\n"), twoBuffers);
});

Deno.test("alignment and offset columns are read", () => {
  assertEquals(readBuffersCsv("id,lower,upper,size,alignment,offset\na,0,1,2,4,8\n"), [
    { id: "a", from: 0, until: 1, sizeBytes: 2, alignmentBytes: 4, offsetBytes: 8 },
  ]);
});

const header = "id,lower,upper,size\n";
const malformed: readonly (readonly [string, string, string])[] = [
  ["empty text", " \n", "the text is empty"],
  ["missing column", "id,lower,upper\n", 'line 1: column "size" is missing'],
  ["unknown column", "id,lower,upper,size,sise\n", 'unknown column "sise", did you mean "size"?'],
  ["column twice", "id,lower,start,upper,size\n", 'line 1: column "start" occurs twice'],
  ["too few fields", `${header}\na,0,1\n`, "line 3 has 3 fields, the header has 4"],
  ["too many fields", `${header}a,0,1,2,3\n`, "line 2 has 5 fields, the header has 4"],
  ["no number", `${header}a,0,1,2\nb,zero,1,2\n`, 'line 3: lower is "zero", must be an integer'],
  ["fraction", `${header}a,0,1,2.5\n`, 'line 2: size is "2.5", must be an integer'],
  ["empty field", `${header}a,0,,2\n`, 'line 2: upper is "", must be an integer'],
  ["huge number", `${header}a,0,1,99999999999999999999\n`, "line 2: size is"],
  ["open quote", `${header}"a,0,1,2\n`, "line 2: misplaced quote"],
];
for (const [name, text, message] of malformed) {
  Deno.test(`malformed CSV names the line: ${name}`, () => {
    assertThrows(() => readBuffersCsv(text), SyntaxError, message);
  });
}

Deno.test("what is written reads back equal", () => {
  const shape = { count: 8, moments: 9, maxBytes: 99 };
  fc.assert(
    fc.property(arbitraryBuffers(shape), fc.array(fc.string()), (buffers, ids) => {
      const named = buffers.map((b, i) => ({
        ...b,
        id: `${ids[i] ?? ""}${i}`.replace(/[\r\n]/g, " "),
        alignmentBytes: 2,
        offsetBytes: 2 * i,
      }));
      assertEquals(readBuffersCsv(writeBuffersCsv(named)), named);
    }),
    { seed: 29, numRuns: 200 },
  );
});

Deno.test("what the format cannot say is refused", () => {
  const [a, b] = twoBuffers;
  assertThrows(
    () => writeBuffersCsv([a, { ...b, offsetBytes: 0 }]),
    RangeError,
    'buffer "b1" has no offsetBytes, others have',
  );
  assertThrows(() => writeBuffersCsv([{ ...a, id: "x\ny" }]), RangeError, "holds a line break");
});

Deno.test("gaps and hints of minimalloc are columns that change nothing", () => {
  const text = "id,lower,upper,size,gaps,hint\na,0,9,4,2-4 5-6,\nb,1,3,2,,8\n";
  assertEquals(readBuffersCsv(text), [
    { id: "a", from: 0, until: 9, sizeBytes: 4 },
    { id: "b", from: 1, until: 3, sizeBytes: 2 },
  ]);
});
