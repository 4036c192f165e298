// What does not fit: on a telephone a wide table with sentences in it is stacked, one cell below the other, and a formula is set smaller; what still goes on to the right says so
// and is reached by keys. Long names break at their dots, and a comma stays with its formula or number.
(() => {
  const PHONE = 700;
  const SENTENCE = 60; // letters: a cell with more is read, not compared with its neighbours
  const MARKS = /^[.,;:!?)\]’”]+/;
  const SMALLEST = 0.75; // of the size of a formula

  const names = () => {
    for (const name of document.querySelectorAll("article :is(td code, h2, h3)")) {
      const texts = document.createTreeWalker(name, NodeFilter.SHOW_TEXT);
      const found = [];
      while (texts.nextNode()) if (/[\w.]{12,}/.test(texts.currentNode.data) && /[._]\w/.test(texts.currentNode.data)) found.push(texts.currentNode);
      for (const text of found) text.replaceWith(...text.data.split(/(?<=[._])(?=\w)/).flatMap((part, k) => (k ? [document.createElement("wbr"), part] : [part])));
    }
  };

  const commas = () => {
    for (const formula of document.querySelectorAll("article span.math")) {
      const [before, after] = [formula.previousSibling, formula.nextSibling];
      const ends = after?.nodeType === Node.TEXT_NODE ? after.data.match(MARKS) : null;
      const opens = before?.nodeType === Node.TEXT_NODE ? before.data.match(/[(\[“]+$/) : null;
      if (!ends && !opens) continue;
      const joined = Object.assign(document.createElement("span"), { className: "mm-joined" });
      formula.replaceWith(joined);
      if (opens) (before.data = before.data.slice(0, -opens[0].length)), joined.append(opens[0]);
      joined.append(formula);
      if (ends) (after.data = after.data.slice(ends[0].length)), joined.append(ends[0]);
    }
    for (const value of document.querySelectorAll("article .mm-value")) {
      const after = value.nextSibling;
      const ends = after?.nodeType === Node.TEXT_NODE ? after.data.match(MARKS) : null;
      if (!ends) continue;
      after.data = after.data.slice(ends[0].length);
      (value.querySelector(":scope > .mm-joined") ?? value).append(ends[0]);
    }
  };

  const wide = (box) => box.scrollWidth > box.clientWidth + 1;

  const tables = () => {
    for (const box of document.querySelectorAll("article .pst-scrollable-table-container")) {
      box.classList.remove("mm-cards");
      const heads = [...box.querySelectorAll("thead th")];
      const cells = [...box.querySelectorAll("tbody td")];
      const stacked = innerWidth <= PHONE && wide(box) && heads.length && !box.querySelector("[rowspan], [colspan]") && cells.some((cell) => cell.innerText.length > SENTENCE);
      if (stacked && !box.closest(".mm-ledger")) {
        for (const cell of cells) {
          cell.dataset.label = heads[cell.cellIndex].textContent.trim();
          cell.classList.toggle("mm-empty", !cell.textContent.trim());
        }
        box.classList.add("mm-cards");
      }
      box.classList.toggle("mm-wide", wide(box));
    }
  };

  const formulas = () => {
    for (const formula of document.querySelectorAll("article mjx-container[display]")) {
      formula.dataset.size ??= parseFloat(formula.style.fontSize) || 100;
      formula.style.fontSize = `${formula.dataset.size}%`;
      if (wide(formula)) formula.style.fontSize = `${formula.dataset.size * Math.max(SMALLEST, (0.98 * formula.clientWidth) / formula.scrollWidth)}%`;
      formula.closest("div.math")?.classList.toggle("mm-on", wide(formula));
    }
    for (const box of document.querySelectorAll("article div.math, article mjx-container[display], article section li > p")) {
      if (wide(box) && getComputedStyle(box).overflowX !== "visible") box.tabIndex = 0;
      else box.removeAttribute("tabindex");
    }
  };

  const fit = () => {
    tables();
    formulas();
  };

  window.addEventListener("load", () => {
    names();
    const set = window.MathJax?.startup?.promise ?? Promise.resolve();
    set.then(() => {
      commas();
      fit();
    });
    window.addEventListener("resize", fit);
  });
})();
