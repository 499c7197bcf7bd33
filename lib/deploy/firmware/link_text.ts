import type { Board } from "./boards.ts";

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
