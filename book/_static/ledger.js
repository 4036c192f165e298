// The ledger: find claims by a word, a kind or a state; order a table by the head of a column; name the cells, which a telephone stacks.
window.addEventListener("load", () => {
  const place = document.querySelector(".mm-find-here");
  const tables = [...document.querySelectorAll(".mm-ledger table")];
  for (const table of tables) {
    const heads = [...table.querySelectorAll("thead th")];
    const body = table.querySelector("tbody");
    for (const row of body.rows)
      [...row.cells].forEach((cell, k) => {
        cell.dataset.label = heads[k].textContent.trim();
        cell.classList.toggle("mm-empty", !cell.textContent.trim());
      });
    heads.forEach((head, k) => {
      const button = Object.assign(document.createElement("button"), { type: "button", textContent: head.textContent.trim() });
      button.addEventListener("click", () => {
        const down = head.getAttribute("aria-sort") === "ascending";
        heads.forEach((other) => other.removeAttribute("aria-sort"));
        head.setAttribute("aria-sort", down ? "descending" : "ascending");
        const key = (row) => row.cells[k].textContent.replace(/^#\s*/, "").trim();
        const order = (a, b) => {
          const [x, y] = [parseFloat(key(a)), parseFloat(key(b))];
          return Number.isNaN(x) || Number.isNaN(y) ? key(a).localeCompare(key(b)) : x - y;
        };
        body.append(...[...body.rows].sort((a, b) => (down ? order(b, a) : order(a, b))));
      });
      head.replaceChildren(button);
    });
  }
  if (!place) return;
  place.innerHTML = `<form class="mm-find" role="search" aria-label="Claims"><label>Find <input type="search" name="word" placeholder="a word of a result"></label>
    <label>Kind <select name="kind"><option value="">all</option><option>exact</option><option>run</option><option>replicates</option><option>comparison</option></select></label>
    <label>Show <select name="state"><option value="">all</option><option value="some">met in some runs only</option><option value="undecided">not decided</option>
    <option value="unseen">not seen red by a planted fault</option><option value="published">with a published value</option></select></label> <output></output></form>`;
  const form = place.firstElementChild;
  const rows = [...document.querySelectorAll(".mm-ledger [data-states]")].map((mark) => mark.closest("tr"));
  const sections = new Set(rows.map((row) => row.closest("section")));
  const find = () => {
    const [word, kind, state] = ["word", "kind", "state"].map((name) => form.elements[name].value.trim().toLowerCase());
    let shown = 0;
    for (const row of rows) {
      const states = row.querySelector("[data-states]").dataset.states.split(" ");
      const title = row.closest("section").querySelector("h2, h3").textContent.toLowerCase();
      row.hidden = !((!word || row.textContent.toLowerCase().includes(word) || title.includes(word)) && (!kind || states.includes(kind)) && (!state || states.includes(state)));
      shown += !row.hidden;
    }
    for (const section of sections) section.hidden = !rows.some((row) => !row.hidden && section.contains(row));
    form.querySelector("output").textContent = `${shown} of ${rows.length} claims`;
  };
  form.addEventListener("input", find);
  form.addEventListener("submit", (event) => event.preventDefault());
  find();
});
