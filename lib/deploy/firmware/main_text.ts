/** What the parts of the program share. */
export function firmwareHeader(quarterNs: number): string {
  return `#include <stddef.h>
#include <stdint.h>
#define TL_QUARTER_NS ${quarterNs}u
void tl_main(void);
void tl_exit(int code) __attribute__((noreturn));
void tl_print(const char *text);
void tl_print_number(const char *before, uint64_t value);
void tl_start_counting(void);
uint64_t tl_counted(void);
uint64_t tl_count(void (*run)(void));
uint32_t tl_stack_of(void (*run)(void));
`;
}

/** Included before everything else where layers are counted. */
export function hookText(macro: string): string {
  return `void tl_on_layer(int i);
#define ${macro}_ON_LAYER(i) tl_on_layer(i)
`;
}

/**
 * Runs all frames with the stack painted, and compares; runs them again and counts. Built with
 * `TL_LAYERS` it counts the layers of the first frame instead.
 */
export function mainText(prefix: string): string {
  const macro = prefix.toUpperCase();
  return `#include "tl_firmware.h"
#define ${macro}_TEST_WITHOUT_MAIN
#include "${prefix}_test.c"

static void nothing(void) {}
static uint64_t overhead;

#ifdef TL_LAYERS
static uint64_t layers[${macro}_LAYERS];

void tl_on_layer(int i) {
  layers[i] += tl_counted() - overhead;
  tl_start_counting();
}

static void measure(void) {
  size_t i;
  ${prefix}_reset();
  fill(0);
  tl_start_counting();
  ${prefix}_invoke();
  for (i = 0; i < ${macro}_LAYERS; i++) {
    tl_print_number("layer ", i);
    tl_print_number(" ", layers[i]);
    tl_print("\\n");
  }
}
#else
static void known(void) { __asm__ volatile("ldr r0, =1000000\\n 1: subs r0, #1\\n bne 1b" ::: "r0", "cc"); }

static void measure(void) {
  size_t frame, output;
  uint32_t stack = 0;
  tl_print_number("check ", tl_count(known) - overhead);
  ${prefix}_reset();
  for (frame = 0; frame < ${macro}_FRAMES; frame++) {
    uint32_t used;
    fill(frame);
    used = tl_stack_of((void (*)(void))${prefix}_invoke);
    if (used > stack) stack = used;
    for (output = 0; output < ${macro}_OUTPUTS; output++) {
      tl_print_number("\\nframe ", frame);
      tl_print_number(" output ", output);
      tl_print(is_wrong(frame, output) ? " differs" : " equal");
    }
  }
  ${prefix}_reset();
  for (frame = 0; frame < ${macro}_FRAMES; frame++) {
    fill(frame);
    tl_print_number("\\ninstructions ", tl_count((void (*)(void))${prefix}_invoke) - overhead);
  }
  tl_print_number("\\nstack ", stack);
  tl_print("\\n");
}
#endif

void tl_main(void) {
  overhead = tl_count(nothing) - 1;
  measure();
  tl_print("end\\n");
  tl_exit(0);
}
`;
}
