// Every command's report in headless Chromium, in light and in dark.
import { assertEquals } from "../assert.ts";
import { inFolder, tinyloom } from "./program.ts";

const chromium = await findChromium();
const checks = await Deno.readTextFile(new URL("page_check.js", import.meta.url));

const brief = ["--budget", "0.3", "--runs", "3"];
const matmul = ["matmul", "--m", "48", "--k", "48", "--n", "48", ...brief];

/** Reports by name, each with the command line that writes it, in this order. */
const reports: Readonly<Record<string, readonly string[]>> = {
  plan: ["plan", "zoo:mcunet-vww1", "--fusion", "best", "--compare", "--frontier", "--out"],
  fits: ["plan", "zoo:mlperf-tiny-kws", "--device", "nano33ble", "--out"],
  profile: ["profile", "zoo:mlperf-tiny-ic", ...brief, "--out"],
  ablate: ["ablate", "zoo:mlperf-tiny-ad", ...brief, "--out"],
  conv: ["conv", "--shape", "1x8x8x16,3x3x16", ...brief, "--out"],
  matmul: [...matmul, "--out", "a.arrow", "--out"],
  compare: ["compare", "a.arrow", "a.arrow", "--out"],
  deploy: ["deploy", "zoo:mlperf-tiny-kws", "--out", "kws", "--report"],
  search: [
    "search",
    ...["--device", "nano33ble", "--samples", "20", "--generations", "2", "--population", "8"],
    ...["--workers", "1", "--out"],
  ],
};

interface Checked {
  readonly page: string;
  readonly scheme: string;
  readonly faults: readonly string[];
}

Deno.test({
  name: chromium === null
    ? "reports are right in a browser (skipped: Chromium is missing)"
    : "reports are right in a browser, in light and in dark",
  ignore: chromium === null,
  fn: async () => {
    await inFolder(async (folder) => {
      for (const [name, args] of Object.entries(reports)) {
        const { code, stderr } = await tinyloom([...args, `${name}.html`], folder);
        assertEquals(code, 0, stderr);
        await addChecks(`${folder}/${name}.html`);
      }
      for (const scheme of ["light", "dark"]) {
        const checked = await lookAt(folder, scheme);
        assertEquals(
          checked,
          Object.keys(reports).map((page) => ({
            page: `${folder}/${page}.html`,
            scheme,
            faults: [],
          })),
        );
      }
    });
  },
});

/** Errors are caught from the first script on; the checks run when the page has drawn itself. */
async function addChecks(path: string): Promise<void> {
  const page = await Deno.readTextFile(path);
  const first = `<script>
globalThis.reportErrors = [];
addEventListener("error", (event) => reportErrors.push("error " + event.message));
addEventListener("unhandledrejection", (event) => reportErrors.push("rejection " + event.reason));
for (const kind of ["error", "warn"]) {
  console[kind] = (...texts) => reportErrors.push("console " + texts.join(" "));
}
</script>`;
  const checked = page.replace("<head>", () => `<head>${first}`)
    .replace("</body>", () => `<script>${checks}</script></body>`);
  await Deno.writeTextFile(path, checked);
}

/** Opens all pages in one browser and collects what they say. */
async function lookAt(folder: string, scheme: string): Promise<readonly Checked[]> {
  const frames = Object.keys(reports).map((name) =>
    `<iframe src="${name}.html" width="1240" height="24000"></iframe>`
  );
  await Deno.writeTextFile(
    `${folder}/all.html`,
    `<!doctype html><body><pre id="found"></pre><script>
const found = [];
addEventListener("message", ({ data }) => {
  found.push(data);
  document.querySelector("#found").textContent = btoa(encodeURIComponent(JSON.stringify(found)));
});
</script>${frames.join("")}</body>`,
  );
  const { stdout } = await new Deno.Command(chromium!, {
    args: [
      ...["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"],
      ...["--disable-background-networking", "--disable-component-update", "--disable-sync"],
      `--user-data-dir=${folder}/profile-${scheme}`,
      `--blink-settings=preferredColorScheme=${scheme === "dark" ? 0 : 1}`,
      ...["--window-size=1300,1000", "--virtual-time-budget=20000", "--dump-dom"],
      `file://${folder}/all.html`,
    ],
    stderr: "null",
  }).output();
  const dom = new TextDecoder().decode(stdout);
  const text = /<pre id="found">([^<]*)</.exec(dom)?.[1] ?? "";
  const found: readonly Checked[] = text === "" ? [] : JSON.parse(decodeURIComponent(atob(text)));
  const order = Object.keys(reports).map((name) => `${folder}/${name}.html`);
  return found.toSorted((a, b) => order.indexOf(a.page) - order.indexOf(b.page));
}

async function findChromium(): Promise<string | null> {
  for (const name of ["chromium", "chromium-browser", "google-chrome"]) {
    try {
      const probe = new Deno.Command(name, { args: ["--version"], stdout: "null", stderr: "null" });
      if ((await probe.output()).success) return name;
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  }
  return null;
}
