import fc from "fast-check";
import {
  type Dtype,
  elements,
  type NpyArray,
  readNpy,
  writeNpy,
  zeroValues,
} from "../../../mod.ts";
import { assertEquals, assertThrows } from "../../assert.ts";
import { npyFile, npyHeader } from "./npy_file.ts";

const bytes = (...values: number[]) => Uint8Array.from(values);

Deno.test("versions 1, 2 and 3 differ in the length of the header only", () => {
  for (const version of [1, 2, 3]) {
    const file = npyFile(npyHeader("<i2", "(2,)"), bytes(1, 0, 0, 128), { version });
    assertEquals(readNpy(file), {
      dtype: "int16",
      shape: [2],
      values: new Int16Array([1, -32768]),
    });
  }
});

Deno.test("big-endian elements come out the same as little-endian ones", () => {
  const cases: [string, number[], NpyArray["values"]][] = [
    [">f4", [0x3f, 0x80, 0, 0, 0xc0, 0, 0, 0], new Float32Array([1, -2])],
    [">f8", [0x3f, 0xf0, 0, 0, 0, 0, 0, 0, 0xc0, 0, 0, 0, 0, 0, 0, 0], new Float64Array([1, -2])],
    [">i2", [0, 1, 255, 254], new Int16Array([1, -2])],
    [">i4", [0, 0, 0, 1, 255, 255, 255, 254], new Int32Array([1, -2])],
    ["|u1", [1, 254], new Uint8Array([1, 254])],
    ["=i1", [1, 254], new Int8Array([1, -2])],
    ["|b1", [1, 0], new Uint8Array([1, 0])],
  ];
  for (const [descr, data, values] of cases) {
    assertEquals(readNpy(npyFile(npyHeader(descr, "(2,)"), bytes(...data))).values, values);
  }
});

Deno.test("Fortran order is turned into C order", () => {
  // The element at [i, j, k] is 100 i + 10 j + k; the first index runs fastest in the file.
  const data = bytes(0, 100, 10, 110, 20, 120, 1, 101, 11, 111, 21, 121);
  const { values } = readNpy(npyFile(npyHeader("|u1", "(2, 3, 2)", "True"), data));
  assertEquals([...values].map(Number), [0, 1, 10, 11, 20, 21, 100, 101, 110, 111, 120, 121]);
});

Deno.test("headers of other writers are read: order, quotes, spaces, long integers, scalars", () => {
  const headers: [string, number[]][] = [
    [`{"shape":(2L,), "descr":"<u1","fortran_order":False}`, [2]],
    [`  { 'fortran_order' : False , 'descr' : '|u1' , 'shape' : ( 1 , 2 ) }   \n`, [1, 2]],
    [`{'descr':'u1','fortran_order':True,'shape':(2,1,)}`, [2, 1]],
  ];
  for (const [header, shape] of headers) {
    assertEquals(readNpy(npyFile(header, bytes(7, 8))).shape, shape);
  }
  assertEquals(readNpy(npyFile(npyHeader("|u1", "()"), bytes(7))).values, bytes(7));
});

Deno.test("what is not such a file is refused, with what was found and what is needed", () => {
  const valid = npyFile(npyHeader("|u1", "(2,)"), bytes(1, 2));
  const header = (text: string) => npyFile(text, bytes(1, 2));
  const cases: [Uint8Array, ErrorConstructor, string][] = [
    [bytes(), TypeError, "no .npy file"],
    [bytes(1, 2, 3), TypeError, "no .npy file"],
    [valid.subarray(0, 7), TypeError, "cut off at 7 bytes"],
    [valid.subarray(0, 9), TypeError, "cut off at 9 bytes"],
    [valid.subarray(0, 30), TypeError, "the file has 30"],
    [
      valid.subarray(0, valid.length - 1),
      RangeError,
      "1 bytes of elements, needed 2 for uint8 [2]",
    ],
    [
      npyFile(npyHeader("|u1", "(2,)"), bytes(1, 2), { version: 4 }),
      TypeError,
      "version 4, needed 1, 2 or 3",
    ],
    [header("[]"), TypeError, "needed a {...} dictionary"],
    [header("{}"), TypeError, "header with nothing; needed descr, fortran_order, shape"],
    [header("{'descr': '|u1', 'shape': (2,)}"), TypeError, "header with descr, shape"],
    [
      header(npyHeader("|u1", "(2,)").replace("}", "'more': True}")),
      TypeError,
      "header with descr, fortran_order, more, shape",
    ],
    [header(npyHeader("<c8", "(2,)")), TypeError, "element type \"'<c8'\", needed one of"],
    [header(npyHeader("|O", "(2,)")), TypeError, "element type"],
    [header(npyHeader("<f2", "(2,)")), TypeError, "element type"],
    [
      header("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (2,)}"),
      TypeError,
      "element type",
    ],
    [
      header(npyHeader("|u1", "(2,)", "Maybe")),
      TypeError,
      'fortran_order "Maybe", needed True or False',
    ],
    [header(npyHeader("|u1", "(2)")), TypeError, 'shape "(2)", needed a tuple of integers'],
    [header(npyHeader("|u1", "(-2,)")), TypeError, "needed a tuple"],
    [header(npyHeader("|u1", "(99999999999999999999,)")), TypeError, "needed a tuple"],
    [
      header(npyHeader("|u1", "(4000000000, 4000000000)")),
      RangeError,
      "2 bytes of elements, needed 16000000000000000000",
    ],
    [
      header(npyHeader("|u1", `(${"1, ".repeat(33)})`)),
      TypeError,
      "shape of 33 dimensions, needed at most 32",
    ],
  ];
  for (const [file, type, message] of cases) assertThrows(() => readNpy(file), type, message);
});

Deno.test("writing and reading gives the same array, and the elements begin at a multiple of 64", () => {
  const dtypes: Dtype[] = [
    "int8",
    "uint8",
    "bool",
    "int16",
    "uint16",
    "int32",
    "uint32",
    "float32",
    "float64",
    "int64",
    "uint64",
  ];
  const shapes = fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 5 });
  fc.assert(
    fc.property(
      fc.constantFrom(...dtypes),
      shapes,
      fc.infiniteStream(fc.nat(255)),
      (dtype, shape, stream) => {
        const values = zeroValues(dtype, elements(shape));
        const raw = new Uint8Array(values.buffer);
        for (let i = 0; i < raw.length; i++) raw[i] = stream.next().value as number;
        const file = writeNpy({ dtype, shape, values });
        assertEquals((file.length - raw.length) % 64, 0);
        const read = readNpy(file);
        assertEquals([read.dtype, read.shape], [dtype, shape]);
        assertEquals(new Uint8Array(read.values.buffer), raw);
      },
    ),
    { seed: 1, numRuns: 200 },
  );
});

Deno.test("writeNpy refuses elements that are not those of the shape, and types NumPy has not", () => {
  const values = new Int8Array(3);
  assertThrows(
    () => writeNpy({ dtype: "int8", shape: [2], values }),
    RangeError,
    "3 elements, needed 2",
  );
  assertThrows(
    () => writeNpy({ dtype: "int4", shape: [3], values }),
    TypeError,
    "type int4, needed one of",
  );
});

Deno.test("a damaged file is read or refused, and neither takes long", () => {
  const valid = writeNpy({ dtype: "float32", shape: [2, 3], values: new Float32Array(6) });
  const edits = fc.array(fc.tuple(fc.nat(valid.length - 1), fc.nat(255)), {
    minLength: 1,
    maxLength: 8,
  });
  fc.assert(
    fc.property(edits, fc.nat(valid.length), (changes, length) => {
      const file = valid.slice(0, length % 3 === 0 ? length : valid.length);
      for (const [at, value] of changes) if (at < file.length) file[at] = value;
      readsOrRefuses(file);
    }),
    { seed: 2, numRuns: 3000 },
  );
});

Deno.test("any text as a header is refused or read", () => {
  const pieces = fc.constantFrom(
    "{",
    "}",
    "(",
    ")",
    "[",
    "]",
    "'",
    '"',
    ",",
    ":",
    " ",
    "descr",
    "shape",
    "'<f4'",
    "(2,)",
    "fortran_order",
    "False",
    "9",
    "L",
    "\\",
    "\n",
    "<",
  );
  const text = fc.array(pieces, { maxLength: 400 }).map((parts) => parts.join(""));
  const inBraces = text.map((inner) => `{${inner}}`);
  fc.assert(
    fc.property(fc.oneof(text, inBraces), (header) => readsOrRefuses(npyFile(header, bytes(1, 2)))),
    { seed: 3, numRuns: 3000 },
  );
  for (const part of ["(", "1, ", "'a': ", "[", "'descr': [", " ", "1L,"]) {
    readsOrRefuses(npyFile(`{'shape': (${part.repeat(5000)}`.slice(0, 60000) + "}", bytes(1)));
    readsOrRefuses(npyFile(`{${part.repeat(5000)}}`.slice(0, 60000), bytes(1)));
  }
});

function readsOrRefuses(file: Uint8Array): void {
  try {
    readNpy(file);
  } catch (error) {
    if (!(error instanceof TypeError || error instanceof RangeError)) throw error;
    // Our own words, not those of an array that could not be made.
    if (/Invalid (typed )?array|out of bounds/i.test(error.message)) throw error;
  }
}
