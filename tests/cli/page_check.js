// Runs in a browser, at the end of a report: looks at everything that is drawn and tries what can be
// clicked, then tells the page around it what is wrong.
(() => {
  const faults = [...globalThis.reportErrors];
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const isShown = (element) => element.getClientRects().length > 0;
  const short = (text) => JSON.stringify(text.trim().slice(0, 60));

  // What is scrolled out of sight cannot be pointed at.
  for (const figure of all(".graph figure")) figure.style.maxHeight = "none";

  // A title says something, and never begins with what is missing.
  for (const title of all("title, h1, h2, h3, th, dt, .role-title-text text")) {
    const text = title.textContent.trim();
    if (text === "" || /^[:,]|undefined|NaN|\[object/.test(text)) {
      faults.push(`title ${short(text)}`);
    }
  }

  // Nothing is wider than the page; what scrolls says so.
  if (document.documentElement.scrollWidth > innerWidth) faults.push("the page scrolls sideways");
  for (const box of all(".table")) {
    const hint = [...box.parentElement.querySelectorAll(".hint")].find((each) =>
      box.compareDocumentPosition(each) & Node.DOCUMENT_POSITION_FOLLOWING
    );
    const scrolls = box.scrollWidth > box.clientWidth + 1;
    if (scrolls !== (hint !== undefined && !hint.hidden)) faults.push("a table without its hint");
  }

  // Text stays in its box, and off other text.
  const inside = (inner, outer) =>
    inner.left >= outer.left - 1 && inner.right <= outer.right + 1 &&
    inner.top >= outer.top - 1 && inner.bottom <= outer.bottom + 1;
  for (const cell of all("h1, h2, h3, p, li, th, td, dd, dt, button").filter(isShown)) {
    if (cell.scrollWidth > cell.clientWidth + 1 && getComputedStyle(cell).display !== "inline") {
      faults.push(`${cell.tagName} is too narrow for ${short(cell.textContent)}`);
    }
  }
  for (const svg of all("svg").filter(isShown)) {
    const texts = all("text", svg).filter((text) => text.textContent.trim() !== "");
    const boxes = texts.map((text) => text.getBoundingClientRect());
    const frame = svg.getBoundingClientRect();
    texts.forEach((text, index) => {
      const box = text.closest("g[data-node]")?.querySelector("rect").getBoundingClientRect() ??
        frame;
      if (!inside(boxes[index], box)) faults.push(`${short(text.textContent)} leaves its box`);
    });
    for (let a = 0; a < texts.length; a++) {
      for (let b = a + 1; b < texts.length; b++) {
        if (texts[a].textContent === texts[b].textContent) continue;
        const wide = Math.min(boxes[a].right, boxes[b].right) -
          Math.max(boxes[a].left, boxes[b].left);
        const high = Math.min(boxes[a].bottom, boxes[b].bottom) -
          Math.max(boxes[a].top, boxes[b].top);
        const least = Math.min(boxes[a].width * boxes[a].height, boxes[b].width * boxes[b].height);
        if (wide > 0 && high > 0 && wide * high > 0.25 * least) {
          faults.push(`${short(texts[a].textContent)} covers ${short(texts[b].textContent)}`);
        }
      }
    }
  }

  // Contrast of every text to what lies below its middle (WCAG 2, level AA).
  const channels = (color) => (color.match(/[\d.]+/g) ?? []).map(Number);
  const luminance = ([red, green, blue]) => {
    const linear = [red, green, blue].map((value) => value / 255)
      .map((value) => value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4);
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2];
  };
  const contrast = (a, b) => {
    const [low, high] = [luminance(a), luminance(b)].sort((x, y) => x - y);
    return (high + 0.05) / (low + 0.05);
  };
  const isSeen = (color) => {
    const parts = channels(color);
    return parts.length >= 3 && (parts[3] ?? 1) > 0.5;
  };
  const groundOf = (element) => {
    for (let each = element; each; each = each.parentElement) {
      const { backgroundColor } = getComputedStyle(each);
      if (isSeen(backgroundColor)) return channels(backgroundColor);
    }
    return [255, 255, 255];
  };
  const below = (text) => {
    const box = text.getBoundingClientRect();
    const stack = document.elementsFromPoint(
      (box.left + box.right) / 2,
      (box.top + box.bottom) / 2,
    );
    for (const each of stack) {
      if (!(each instanceof SVGElement)) break;
      if (each.tagName === "text" || each.tagName === "svg" || each.tagName === "g") continue;
      const { fill, fillOpacity } = getComputedStyle(each);
      if (isSeen(fill) && Number(fillOpacity) > 0.5) return channels(fill);
    }
    return groundOf(text.closest("figure"));
  };
  for (const text of all("svg text").filter(isShown)) {
    // Below the text itself lies the same one with an edge.
    if (getComputedStyle(text).stroke !== "none" || text.textContent.trim() === "") continue;
    const found = contrast(channels(getComputedStyle(text).fill), below(text));
    if (found < 4.5) faults.push(`contrast ${found.toFixed(1)} of ${short(text.textContent)}`);
  }
  for (const element of all("h1, h2, h3, p, li, th button, td, dt, dd, pre, button, summary")) {
    if (!isShown(element)) continue;
    const found = contrast(channels(getComputedStyle(element).color), groundOf(element));
    if (found < 4.5) faults.push(`contrast ${found.toFixed(1)} of ${short(element.textContent)}`);
  }

  // What can be used works.
  const table = document.querySelector(".table");
  if (table === null) faults.push("no table");
  else {
    const numbers = all("th", table).findIndex((head) => head.classList.contains("number"));
    if (numbers >= 0) {
      all("th button", table)[numbers].click();
      const values = [...table.querySelector("tbody").rows]
        .map((row) => row.cells[numbers].dataset.value).filter((value) => value !== undefined);
      const sorted = values.toSorted((a, b) => b - a);
      if (values.join() !== sorted.join()) faults.push("a click on a heading does not sort");
    }
  }
  const mark = all('.charts svg [role="graphics-symbol"][aria-label]')
    .find((each) => each.getAttribute("aria-label").includes("\n"));
  if (document.querySelector(".charts") && mark === undefined) {
    faults.push("no mark tells anything");
  }
  mark?.dispatchEvent(new PointerEvent("pointermove", { bubbles: true, clientX: 9, clientY: 9 }));
  const tip = document.querySelector("#tip");
  if (mark && (tip.hidden || tip.textContent !== mark.getAttribute("aria-label"))) {
    faults.push("pointing at a mark shows nothing");
  }
  for (const graph of all(".graph")) {
    const nodes = all("g[data-node]", graph);
    nodes.at(-1).dispatchEvent(new MouseEvent("click", { bubbles: true }));
    const shown = all("article", graph).filter(isShown).map(({ id }) => id);
    if (shown.join() !== nodes.at(-1).dataset.node) {
      faults.push("a click on an operator shows nothing");
    }
  }

  const background = getComputedStyle(document.body).backgroundColor;
  const scheme = luminance(channels(background)) < 0.2 ? "dark" : "light";
  parent.postMessage({ page: location.pathname, scheme, faults: [...new Set(faults)] }, "*");
})();
