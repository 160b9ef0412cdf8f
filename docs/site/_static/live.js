"use strict";
// The figure on the first page: a chain writes DNA, and table, filter and smoother read it.
(() => {
  const { emission, readers: looks, states: colours } = JSON.parse(document.getElementById("live-settings").textContent);
  const [stay, dna, again, shown, said, svg] = ["stay", "dna", "again", "shown", "said", "readers"].map((id) => document.getElementById(id));
  const LETTERS = "ACGT", H = 0, L = 1;

  // P(H) at each position, from codes 0 to 3: Bayes' rule for one letter; predict, weigh, normalise; and the way back.
  function read(keep, codes) {
    const move = (p) => p * keep + (1 - p) * (1 - keep);
    const weigh = (p, code) => (p * emission[H][code]) / (p * emission[H][code] + (1 - p) * emission[L][code]);
    const table = codes.map((code) => weigh(0.5, code));
    const predicted = [], filter = [];
    codes.forEach((code, t) => {
      predicted.push(t ? move(filter[t - 1]) : 0.5);
      filter.push(weigh(predicted[t], code));
    });
    const smoother = filter.slice();
    for (let t = codes.length - 2; t >= 0; t--) {
      const toH = smoother[t + 1] / predicted[t + 1], toL = (1 - smoother[t + 1]) / (1 - predicted[t + 1]);
      smoother[t] = filter[t] * (keep * toH + (1 - keep) * toL);
    }
    return { table, filter, smoother };
  }

  // Random numbers that depend on the seed only (mulberry32), so that the slider does not draw new ones.
  function numbers(seed, n) {
    return Array.from({ length: n }, () => {
      seed = (seed + 0x6d2b79f5) | 0;
      let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
      t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
      return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
    });
  }

  function simulate(keep, seed, length) {
    const u = numbers(seed, 2 * length), states = [], codes = [];
    for (let t = 0; t < length; t++) {
      states.push(t ? (u[2 * t] < keep ? states[t - 1] : 1 - states[t - 1]) : +(u[0] >= 0.5));
      let end = 0;
      const code = emission[states[t]].findIndex((p) => u[2 * t + 1] < (end += p));
      codes.push(code < 0 ? 3 : code);
    }
    return { states, codes };
  }

  const NS = "http://www.w3.org/2000/svg";
  function add(parent, kind, attributes, text) {
    const element = parent.appendChild(document.createElementNS(NS, kind));
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
    if (text) element.textContent = text;
    return element;
  }

  function draw(codes, states, lines) {
    const width = Math.max(300, svg.parentElement.clientWidth - 16), height = 322, left = 34, top = 88, bottom = 282;
    const x = (t) => left + ((width - left - 8) * t) / codes.length, y = (p) => bottom - p * (bottom - top);
    svg.replaceChildren();
    for (const [name, value] of [["viewBox", `0 0 ${width} ${height}`], ["width", width], ["height", height]]) svg.setAttribute(name, value);
    const pattern = add(add(svg, "defs", {}), "pattern", { id: "hatch", width: 6, height: 6, patternUnits: "userSpaceOnUse", patternTransform: "rotate(45)" });
    add(pattern, "rect", { width: 6, height: 6, fill: colours.H });
    add(pattern, "path", { d: "M0 0V6", stroke: "#fff", "stroke-width": 1.6 });
    Object.entries(looks).forEach(([name, look], i) => {
      const at = left + (i * (width - left)) / 3;
      add(svg, "path", { d: `M${at} 12h34`, stroke: look.color, "stroke-width": look.width, "stroke-dasharray": look.dash.join(" ") });
      add(svg, "text", { x: at + 40, y: 16 }, name);
    });
    add(svg, "text", { x: left, y: 40 }, "true states");
    if (!states) add(svg, "text", { x: left, y: 62 }, "unknown, since this DNA is yours");
    for (let t = 0, from = 0; states && t < states.length; t++) {
      if (states[t + 1] === states[t]) continue;
      const box = { x: x(from), y: 46, width: x(t + 1) - x(from), height: 24 };
      add(svg, "rect", { ...box, fill: states[t] === H ? "url(#hatch)" : colours.L });
      if (box.width > 24) {
        add(svg, "rect", { x: box.x + box.width / 2 - 8, y: 50, width: 16, height: 16, fill: "#fff" });
        add(svg, "text", { x: box.x + box.width / 2, y: 63, "text-anchor": "middle" }, "HL"[states[t]]);
      }
      from = t + 1;
    }
    for (const p of [0, 0.5, 1]) {
      add(svg, "path", { d: `M${left} ${y(p)}H${width - 8}`, stroke: "#767676", "stroke-width": p === 0.5 ? 1 : 0.5 });
      add(svg, "text", { x: left - 6, y: y(p) + 4, "text-anchor": "end" }, String(p));
    }
    add(svg, "text", { x: left, y: height - 6 }, `P(H) at ${codes.length} positions`);
    if (x(1) - x(0) > 9) codes.forEach((code, t) => add(svg, "text", { x: x(t + 0.5), y: bottom + 16, "text-anchor": "middle" }, LETTERS[code]));
    for (const [name, look] of Object.entries(looks)) {
      const points = lines[name].map((p, t) => `${x(t + 0.5).toFixed(2)},${y(p).toFixed(2)}`).join(" ");
      add(svg, "polyline", { points, fill: "none", stroke: look.color, "stroke-width": look.width, "stroke-dasharray": look.dash.join(" "), "data-reader": name });
    }
  }

  let seed = 1;
  function show() {
    const keep = Number(stay.value), typed = dna.value.toUpperCase().replace(/[\s\d]/g, "");
    const mine = [...typed].map((letter) => LETTERS.indexOf(letter)).filter((code) => code >= 0);
    const { states, codes } = mine.length ? { states: null, codes: mine } : simulate(keep, seed, 150);
    const lines = read(keep, codes), right = (line) => line.filter((p, t) => (p >= 0.5 ? H : L) === states[t]).length;
    shown.value = keep.toFixed(3).replace(/^0/, "").replace(/0$/, "");
    draw(codes, states, lines);
    svg.dataset.dna = codes.map((code) => LETTERS[code]).join("");
    const left = typed.length - mine.length, skipped = left ? ` Characters left out, since they are not A, C, G or T: ${left}.` : "";
    said.textContent = (states
      ? `Of these ${codes.length} states, the table names ${right(lines.table)} correctly, the filter ${right(lines.filter)} and the smoother ${right(lines.smoother)}. (One sequence. Another one gives other numbers.)`
      : `At your last letter: P(H) is ${lines.table.at(-1).toFixed(2)} for the table and ${lines.filter.at(-1).toFixed(2)} for the filter. The true states are unknown.`) + skipped;
  }
  stay.addEventListener("input", show);
  dna.addEventListener("input", show);
  again.addEventListener("click", () => { dna.value = ""; seed += 1; show(); });
  new ResizeObserver(show).observe(svg.parentElement);
  window.readHiddenStates = read;
})();
