import type { NativeTarget, Timed } from "tinyloom";
import { libraryFlags, sharedLibrary } from "../../../lib/native/shared_library.ts";

/** The instruction that multiplies and adds fours of int8, as often as a processor can. */
export interface VnniPeak extends Disposable {
  /** As many products as a problem has, of numbers in registers. */
  readonly products: (problem: Pick<Timed, "shape" | "macs">) => Timed;
}

// More sums than an instruction takes clocks on all units together, and few enough for 16 registers.
const sums = 12;
const unrolled = 4;

/**
 * What bounds a product of int8 on this machine: independent `vpdpbusd` on registers, on so many
 * threads; null: the processor has none of them.
 */
export async function vnniPeak(target: NativeTarget, threads: number): Promise<VnniPeak | null> {
  const has = (name: string) => target.macros.includes(`#define ${name} `);
  const isWide = has("__AVX512VNNI__");
  if (!isWide && !has("__AVXVNNI__")) return null;
  const { path } = await sharedLibrary(sourceOf(isWide), {
    target,
    flags: libraryFlags(target, false),
  });
  const library = Deno.dlopen(path, { peak: { parameters: ["i64", "i32"], result: "i32" } });
  const perTurn = sums * unrolled * (isWide ? 64 : 32);
  return {
    products: ({ shape, macs }) => {
      const turns = Math.ceil(macs / perTurn / threads);
      const run = () => void library.symbols.peak(BigInt(turns), threads);
      return {
        name: "VNNI peak",
        shape,
        dtype: "i8",
        schedule: [{ instruction: "vpdpbusd", bytes: isWide ? 64 : 32 }],
        threads,
        macs: turns * perTurn * threads,
        // Each lane gains 4 * 3 * 5 a time: nothing was left out.
        verify: () => {
          const found = library.symbols.peak(BigInt(7), 1);
          const right = 7 * unrolled * sums * 60;
          const maxError = Math.abs(found - right);
          return { verified: maxError === 0, checksum: String(found), maxError, tolerance: 0 };
        },
        warm: run,
        run,
      };
    },
    [Symbol.dispose]: () => library.close(),
  };
}

/** Not by an intrinsic, which a compiler may take out of the loop, or whose sums it may spill. */
function sourceOf(isWide: boolean): string {
  const type = isWide ? "__m512i" : "__m256i";
  const intrinsic = isWide ? "_mm512" : "_mm256";
  const prefix = isWide ? "" : "%{vex%} ";
  const constraint = isWide ? "v" : "x";
  const all = Array.from({ length: sums }, (_, i) => `s${i}`);
  const once = all.map((sum) =>
    `    __asm__ volatile("${prefix}vpdpbusd %2, %1, %0" : "+${constraint}"(${sum}) : "${constraint}"(a), "${constraint}"(b));`
  );
  return `#include <immintrin.h>
#include <pthread.h>
#include <stdint.h>

static int64_t given;
static void *work(void *result) {
  ${type} a = ${intrinsic}_set1_epi8(3), b = ${intrinsic}_set1_epi8(5);
  ${type} ${all.map((sum) => `${sum} = ${intrinsic}_setzero_si${isWide ? 512 : 256}()`).join(", ")};
  for (int64_t turn = 0; turn < given; turn++) {
${Array.from({ length: unrolled }, () => once.join("\n")).join("\n")}
  }
  ${all.slice(1).map((sum) => `s0 = ${intrinsic}_add_epi32(s0, ${sum});`).join(" ")}
  int32_t lanes[${isWide ? 16 : 8}];
  ${intrinsic}_storeu_si${isWide ? 512 : 256}((void *)lanes, s0);
  *(int32_t *)result = lanes[0];
  return 0;
}

int peak(int64_t turns, int threads) {
  pthread_t others[64];
  int32_t results[64];
  given = turns;
  for (int i = 1; i < threads; i++) {
    if (pthread_create(&others[i], 0, work, &results[i]) != 0) return -1;
  }
  work(&results[0]);
  for (int i = 1; i < threads; i++) pthread_join(others[i], 0);
  return results[0];
}
`;
}
