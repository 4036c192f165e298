// Live cells: the n-th output box of a page is given to the n-th cell (thebe's findCells), so each cell needs a box of its own, and
// sphinx-thebe moves a box behind the code, which would put a figure whose code is folded into the closed fold.
window.addEventListener("load", () => { // sphinx-thebe.js is loaded asynchronously
  if (typeof modifyDOMForThebe === "undefined") return; // a page without live cells
  const prepare = modifyDOMForThebe;
  modifyDOMForThebe = () => {
    for (const cell of document.querySelectorAll("div.cell")) {
      if (cell.querySelector("pre") && !cell.querySelector(".cell_output")) {
        const box = document.createElement("div");
        box.className = "cell_output";
        cell.append(box);
      }
    }
    prepare();
    for (const box of document.querySelectorAll("details [data-output]")) {
      const cell = box.closest("div.cell");
      const fold = box.closest("details");
      if (cell.contains(fold)) fold.after(box); // a solution's cell lies in a fold itself, and stays there
    }
  };
});
