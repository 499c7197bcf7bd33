import {
  accumulate,
  conv1d,
  matmul,
  pack,
  reorder,
  tile,
  toJavaScript,
  unroll,
  vectorize,
} from "tinyloom";
import { assertEquals } from "../assert.ts";
import { dotProducts } from "./presets.ts";

Deno.test("a plain nest is three loops over typed arrays", () => {
  assertEquals(
    "\n" + toJavaScript(matmul({ m: 4, k: 8, n: 16 })),
    `
function matmul(A, B, C) {
  for (let i = 0; i < 4; i++) {
    for (let j = 0; j < 16; j++) {
      for (let k = 0; k < 8; k++) {
        C[16 * i + j] = Math.fround(C[16 * i + j] + Math.fround(A[8 * i + k] * B[j + 16 * k]));
      }
    }
  }
}
`,
  );
});

Deno.test("a smaller last tile ends with its axis", () => {
  assertEquals(
    "\n" + toJavaScript(tile(matmul({ m: 2, k: 3, n: 7 }), { j: 4 })),
    `
function matmul(A, B, C) {
  {
    const tjEnd = 7;
    let tj = 0;
    for (; tj < tjEnd; tj += 4) {
      for (let i = 0; i < 2; i++) {
        {
          const jEnd = Math.min(4, tjEnd - tj);
          let j = 0;
          for (; j < jEnd; j++) {
            for (let k = 0; k < 3; k++) {
              C[tj + j + 7 * i] = Math.fround(C[tj + j + 7 * i] + Math.fround(A[3 * i + k] * B[tj + j + 7 * k]));
            }
          }
        }
      }
    }
  }
}
`,
  );
});

Deno.test("an unrolled loop is followed by what is left", () => {
  const nest = reorder(matmul({ m: 2, k: 3, n: 7 }), ["i", "k", "j"]);
  assertEquals(
    "\n" + toJavaScript(unroll(nest, "j", 3)),
    `
function matmul(A, B, C) {
  for (let i = 0; i < 2; i++) {
    for (let k = 0; k < 3; k++) {
      {
        const jEnd = 7;
        let j = 0;
        for (; j < 6; j += 3) {
          C[7 * i + j] = Math.fround(C[7 * i + j] + Math.fround(A[3 * i + k] * B[7 * k + j]));
          C[7 * i + j + 1] = Math.fround(C[7 * i + j + 1] + Math.fround(A[3 * i + k] * B[7 * k + j + 1]));
          C[7 * i + j + 2] = Math.fround(C[7 * i + j + 2] + Math.fround(A[3 * i + k] * B[7 * k + j + 2]));
        }
        for (; j < 7; j++) {
          C[7 * i + j] = Math.fround(C[7 * i + j] + Math.fround(A[3 * i + k] * B[7 * k + j]));
        }
      }
    }
  }
}
`,
  );
});

Deno.test("registers are variables", () => {
  const nest = accumulate(vectorize(matmul({ m: 2, k: 3, n: 4 }), "j"), "k");
  assertEquals(
    "\n" + toJavaScript(nest),
    `
function matmul(A, B, C) {
  for (let i = 0; i < 2; i++) {
    {
      let c0_0 = C[4 * i];
      let c0_1 = C[4 * i + 1];
      let c0_2 = C[4 * i + 2];
      let c0_3 = C[4 * i + 3];
      for (let k = 0; k < 3; k++) {
        c0_0 = Math.fround(c0_0 + Math.fround(A[3 * i + k] * B[4 * k]));
        c0_1 = Math.fround(c0_1 + Math.fround(A[3 * i + k] * B[4 * k + 1]));
        c0_2 = Math.fround(c0_2 + Math.fround(A[3 * i + k] * B[4 * k + 2]));
        c0_3 = Math.fround(c0_3 + Math.fround(A[3 * i + k] * B[4 * k + 3]));
      }
      C[4 * i] = c0_0;
      C[4 * i + 1] = c0_1;
      C[4 * i + 2] = c0_2;
      C[4 * i + 3] = c0_3;
    }
  }
}
`,
  );
});

Deno.test("a packed copy of a padded input is im2col", () => {
  const nest = conv1d({ width: 5, inChannels: 1, outChannels: 2, kernel: 3, padding: "same" });
  assertEquals(
    "\n" + toJavaScript(pack(nest, "I")),
    `
function conv1d(I, W, O) {
  const Ip = new Float32Array(15);
  for (let Ip_x = 0; Ip_x < 5; Ip_x++) {
    for (let Ip_kx = 0; Ip_kx < 3; Ip_kx++) {
      Ip[3 * Ip_x + Ip_kx] = ((Ip_x + Ip_kx - 1) >>> 0 < 5 ? I[Ip_x + Ip_kx - 1] : 0);
    }
  }
  for (let x = 0; x < 5; x++) {
    for (let o = 0; o < 2; o++) {
      for (let kx = 0; kx < 3; kx++) {
        O[2 * x + o] = Math.fround(O[2 * x + o] + Math.fround(Ip[3 * x + kx] * W[3 * o + kx]));
      }
    }
  }
}
`,
  );
});

Deno.test("pairs of an odd reduction are filled up with zeros", () => {
  const nest = matmul({ m: 1, k: 3, n: 1, dtype: "i8" });
  assertEquals(
    "\n" + toJavaScript(dotProducts(nest, { mc: 4, kc: 4, nc: 8, mr: 2, nr: 4 })),
    `
function matmul(A, B, C) {
  const Bp = new Int16Array(4);
  const Ap = new Int16Array(4);
  {
    const Bp_jrEnd = 1;
    let Bp_jr = 0;
    for (; Bp_jr < Bp_jrEnd; Bp_jr += 4) {
      Bp[Bp_jr] = B[Bp_jr];
      Bp[Bp_jr + 1] = B[Bp_jr + 1];
      Bp[Bp_jr + 2] = B[Bp_jr + 2];
      Bp[Bp_jr + 3] = 0;
    }
  }
  {
    const icEnd = 1;
    let ic = 0;
    if (icEnd - ic === 1) {
      Ap[0] = A[3 * ic];
      Ap[1] = A[3 * ic + 1];
      Ap[2] = A[3 * ic + 2];
      Ap[3] = 0;
      {
        let c0_0 = C[ic];
        for (let kp = 0; kp < 4; kp += 2) {
          c0_0 = (c0_0 + (Math.imul(Ap[kp], Bp[kp]) + Math.imul(Ap[kp + 1], Bp[kp + 1]) | 0) | 0);
        }
        C[ic] = c0_0;
      }
    }
  }
}
`,
  );
});

Deno.test("a nest's name that is no identifier becomes one", () => {
  const nest = { ...matmul({ m: 1, k: 1, n: 1 }), name: "3x3 product" };
  assertEquals(toJavaScript(nest).split("(")[0], "function _3x3_product");
});
