import type { BoardName } from "../deploy_targets.ts";

/**
 * What stands between a processor's reset and a program that measures: memory, a stack for the model
 * (PSP) apart from that of faults (MSP), printing through semihosting, the depth of the stack, and a
 * counter of instructions.
 *
 * QEMU's clock moves by one nanosecond an instruction under `-icount shift=0`. SysTick counts ticks of
 * `TL_QUARTER_NS / 4` instructions; a loop of known length that waits for the next tick measures what is
 * left of one.
 */
export const startText = `#include "tl_firmware.h"

extern uint32_t tl_data[], tl_data_end[], tl_data_from[], tl_bss[], tl_bss_end[];
extern uint32_t tl_stack_end[], tl_stack[], tl_host_stack[];

#define AT(address) (*(volatile uint32_t *)(address))

static volatile uint32_t rounds;

static void on_systick(void) { rounds++; }

void tl_exit(int code) {
  const uint32_t block[2] = {0x20026, (uint32_t)code};
  register int r0 __asm__("r0") = 0x20;
  register const void *r1 __asm__("r1") = block;
  for (;;) __asm__ volatile("bkpt 0xAB" : "+r"(r0) : "r"(r1) : "memory");
}

void tl_print(const char *text) {
  register int r0 __asm__("r0") = 4;
  register const void *r1 __asm__("r1") = text;
  __asm__ volatile("bkpt 0xAB" : "+r"(r0) : "r"(r1) : "memory");
}

/* Divides 16 bits at a time: a division of 64 bits would count as code of the model. */
void tl_print_number(const char *before, uint64_t value) {
  char text[24], *at = text + 23;
  tl_print(before);
  *at = 0;
  do {
    uint32_t rest = 0;
    for (int shift = 48; shift >= 0; shift -= 16) {
      const uint32_t part = rest << 16 | (uint32_t)(value >> shift & 0xFFFF);
      value = (value & ~(UINT64_C(0xFFFF) << shift)) | (uint64_t)(part / 10) << shift;
      rest = part % 10;
    }
    *--at = (char)('0' + rest);
  } while (value != 0);
  tl_print(at);
}

__attribute__((used)) void tl_report_fault(const uint32_t *frame) {
  tl_print_number("fault ", AT(0xE000ED28));
  if ((uint32_t)frame < (uint32_t)tl_stack_end + 32) tl_print(" stack overflow\\n");
  else {
    tl_print_number(" at ", frame[6]);
    tl_print("\\n");
  }
  tl_exit(3);
}

__attribute__((naked)) static void on_fault(void) {
  __asm__ volatile("mrs r0, psp\\n b tl_report_fault");
}

__attribute__((naked, used)) void tl_reset(void);

__attribute__((section(".vectors"), used)) static void *const vectors[16] = {
    tl_host_stack, tl_reset, on_fault, on_fault, on_fault, on_fault, on_fault, on_fault,
    0, 0, 0, on_fault, on_fault, 0, on_fault, on_systick};

__attribute__((used)) static void begin(void) {
  AT(0xE000ED88) |= 0xFu << 20; /* floating-point and vector unit on */
  AT(0xE000EF34) &= ~(3u << 30); /* and not saved by interrupts */
  AT(0xE000ED24) |= 7u << 16; /* faults apart */
  AT(0xE000ED14) |= 1u << 19; /* low-overhead loops, where there are any */
  __asm__ volatile("dsb\\n isb");
  const uint32_t *from = tl_data_from;
  for (uint32_t *to = tl_data; to < tl_data_end;) *to++ = *from++;
  for (uint32_t *to = tl_bss; to < tl_bss_end;) *to++ = 0;
  AT(0xE000E014) = 0xFFFFFF;
  AT(0xE000E018) = 0;
  AT(0xE000E010) = 7;
  tl_main();
}

__attribute__((naked, used)) void tl_reset(void) {
  __asm__ volatile(
      "ldr r0, =tl_stack\\n msr psp, r0\\n movs r0, #2\\n msr control, r0\\n isb\\n"
      "bl begin\\n 1: b 1b\\n");
}

static uint64_t ticks(void) {
  uint32_t high, low;
  do {
    high = rounds;
    low = AT(0xE000E018);
  } while (high != rounds);
  return ((uint64_t)high << 24) + (0xFFFFFF - low);
}

/* Instructions until the next tick. */
static uint32_t until_tick(void) {
  uint32_t count = 0, now;
  const uint32_t first = AT(0xE000E018);
  __asm__ volatile("1: ldr %1, [%2]\\n adds %0, #4\\n cmp %1, %3\\n beq 1b"
                   : "+l"(count), "=&l"(now)
                   : "l"(0xE000E018), "l"(first)
                   : "cc");
  return count;
}

static uint64_t started;

void tl_start_counting(void) {
  until_tick();
  started = ticks();
}

uint64_t tl_counted(void) {
  const uint32_t rest = until_tick();
  return (ticks() - started) * TL_QUARTER_NS / 4 - rest;
}

uint64_t tl_count(void (*run)(void)) {
  tl_start_counting();
  run();
  return tl_counted();
}

/* Bytes of stack that a function uses below its caller. */
uint32_t tl_stack_of(void (*run)(void)) {
  uint32_t *top;
  const uint32_t *at = tl_stack_end;
  __asm__ volatile("mov %0, sp" : "=r"(top));
  for (uint32_t *each = tl_stack_end; each < top; each++) *(volatile uint32_t *)each = 0x7E57C0DE;
  run();
  while (at < top && *(const volatile uint32_t *)at == 0x7E57C0DE) at++;
  return (uint32_t)((const uint8_t *)top - (const uint8_t *)at);
}
`;

/**
 * A linker script: the model in Flash and RAM by itself, the program around it elsewhere, so that sizes
 * of sections are the model's. The stack lies at the bottom of RAM: what overflows leaves RAM and
 * faults.
 */
export function linkText(prefix: string, { flash, ram, host }: Board): string {
  const memory = ([origin, length]: readonly [number, number]) =>
    `ORIGIN = ${origin}, LENGTH = ${length}`;
  return `MEMORY {
  VECTORS (rx) : ORIGIN = 0, LENGTH = 1K
  FLASH (rx) : ${memory(flash)}
  RAM (rwx) : ${memory(ram)}
  HOST (rwx) : ${memory(host)}
}
ENTRY(tl_reset)
SECTIONS {
  .vectors : { KEEP(*(.vectors)) } > VECTORS
  .host : { *tl_*.o(.text .text.* .rodata .rodata.* .data .data.*) } > HOST
  .host_bss (NOLOAD) : {
    *tl_*.o(.bss .bss.* COMMON)
    . = ALIGN(8);
    . += 4K;
    tl_host_stack = .;
  } > HOST
  .weights : { *(.rodata.${prefix}_weights) } > FLASH
  .text : { *(.text .text.*) } > FLASH
  .rodata : { *(.rodata .rodata.*) . = ALIGN(4); } > FLASH
  .unwind : { *(.ARM.extab* .ARM.exidx* .eh_frame) } > FLASH
  .stack (NOLOAD) : {
    . = ALIGN(8);
    tl_stack_end = .;
    . += 16K;
    tl_stack = .;
  } > RAM
  .data : {
    . = ALIGN(8);
    tl_data = .;
    *(.data .data.*)
    . = ALIGN(8);
    tl_data_end = .;
  } > RAM AT > FLASH
  tl_data_from = LOADADDR(.data);
  .bss (NOLOAD) : {
    . = ALIGN(8);
    tl_bss = .;
    *(.bss .bss.* COMMON)
    . = ALIGN(8);
    tl_bss_end = .;
    end = .;
  } > RAM
  /DISCARD/ : { *(.comment .note.* .init .fini .init_array .fini_array) }
}
`;
}

/** A machine of QEMU, as far as a program for it must know. */
export interface Board {
  /** Options of the compiler for its processor. */
  readonly flags: readonly string[];
  /** First byte and size of what stands for Flash and for SRAM, and of memory for the harness. */
  readonly flash: readonly [number, number];
  readonly ram: readonly [number, number];
  readonly host: readonly [number, number];
  /** Nanoseconds of a tick of SysTick, times 4: 25 MHz and 32 MHz. */
  readonly quarterNs: number;
}

const KIB = 1024;
const MIB = 1024 * KIB;

/** QEMU's `mps2.c` and `mps2-tz.c` give the memories. */
export const boards: Readonly<Record<BoardName, Board>> = {
  "mps2-an386": {
    flags: ["-mcpu=cortex-m4", "-mfpu=fpv4-sp-d16", "-mfloat-abi=hard"],
    flash: [0x400, 4 * MIB - KIB],
    ram: [0x2000_0000, 4 * MIB],
    host: [0x2100_0000, 8 * MIB],
    quarterNs: 160,
  },
  "mps2-an500": {
    flags: ["-mcpu=cortex-m7", "-mfpu=fpv5-d16", "-mfloat-abi=hard"],
    flash: [0x400, 4 * MIB - KIB],
    ram: [0x2000_0000, 4 * MIB],
    host: [0x6000_0000, 8 * MIB],
    quarterNs: 160,
  },
  "mps3-an547": {
    flags: ["-mcpu=cortex-m55", "-mfloat-abi=hard"],
    flash: [0x0100_0000, 2 * MIB],
    ram: [0x2100_0000, 4 * MIB],
    host: [0x6000_0000, 8 * MIB],
    quarterNs: 125,
  },
};
