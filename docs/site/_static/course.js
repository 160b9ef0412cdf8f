"use strict";
// A formula wider than the screen scrolls; then the keyboard must be able to scroll it too. A table says that it scrolls.
addEventListener("load", async () => {
  await window.MathJax?.startup?.promise;
  const reach = () => document.querySelectorAll('mjx-container[display="true"]').forEach((formula) => {
    formula.tabIndex = formula.scrollWidth > formula.clientWidth ? 0 : -1;
  });
  const sign = () => document.querySelectorAll(".pst-scrollable-table-container").forEach((table) => {
    table.classList.toggle("scrolls", table.scrollWidth > table.clientWidth + 1);
  });
  reach();
  sign();
  addEventListener("resize", reach);
  addEventListener("resize", sign);
  document.querySelectorAll("details").forEach((folded) => folded.addEventListener("toggle", sign));
});

// Paper is white.
const root = document.documentElement;
let before;
addEventListener("beforeprint", () => { before = root.dataset.theme; root.dataset.theme = "light"; });
addEventListener("afterprint", () => { root.dataset.theme = before; });
