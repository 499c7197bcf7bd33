import { overflowText } from "../../lib/deploy/firmware/run_firmware.ts";
import { boards } from "../../lib/deploy/firmware/startup_text.ts";
import { assertEquals } from "../assert.ts";

const board = { name: "mps3-an547", board: boards["mps3-an547"] } as const;

Deno.test("a linker's words about a full memory become bytes, which memory, and what to do", () => {
  const flash = "ld: tl/total.elf section `.text' will not fit in region `FLASH'\n" +
    "ld: region `FLASH' overflowed by 656 bytes\ncollect2: error: ld returned 1 exit status\n";
  assertEquals(
    overflowText(flash, board),
    "the program is too large for mps3-an547 in QEMU: 656 bytes over the 2,097,152 bytes of Flash; " +
      "optimize: size makes code smaller, another target's board may have more, an estimate needs " +
      "no board",
  );
  const both =
    "ld: region `RAM' overflowed by 1048 bytes\nld: region 'HOST' overflowed by 1 byte\n";
  assertEquals(
    overflowText(both, board),
    "the program is too large for mps3-an547 in QEMU: 1,048 bytes over the 4,194,304 bytes of RAM, " +
      "1 bytes over the 8,388,608 bytes of the memory for golden vectors; fusion makes the arena " +
      "smaller, fewer frames take less, another target's board may have more, an estimate needs no " +
      "board",
  );
  assertEquals(overflowText("undefined reference to `expf'", board), null);
});
