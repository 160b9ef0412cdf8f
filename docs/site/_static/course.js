"use strict";
// A formula wider than the screen scrolls; then the keyboard must be able to scroll it too.
addEventListener("load", async () => {
  await window.MathJax?.startup?.promise;
  const reach = () => document.querySelectorAll('mjx-container[display="true"]').forEach((formula) => {
    formula.tabIndex = formula.scrollWidth > formula.clientWidth ? 0 : -1;
  });
  reach();
  addEventListener("resize", reach);
});

// Paper is white.
const root = document.documentElement;
let before;
addEventListener("beforeprint", () => { before = root.dataset.theme; root.dataset.theme = "light"; });
addEventListener("afterprint", () => { root.dataset.theme = before; });
