// Live cells, and the menu of the button Run. Sphinx-thebe starts them without a word on failure: here a line below the title says what
// happens, and when nothing starts, what to do instead.
const mmLive = { said: "", timer: 0, started: false };
const mmPatience = 5 * 60 * 1000; // [ms] until we say that Binder takes long

const mmSay = (text, retry) => {
  const box = document.querySelector(".mm-live");
  if (!box) return;
  box.replaceChildren(document.createTextNode(text));
  if (!retry) return;
  const again = Object.assign(document.createElement("button"), { type: "button", textContent: "Try again" });
  again.addEventListener("click", retry);
  const ways = document.createElement("span");
  ways.append(again, ...[...document.querySelectorAll(".mm-ways a")].map((way) => way.cloneNode(true))); // the other ways, and what to do
  box.append(ways);
};

const mmFailed = (what) => {
  clearTimeout(mmLive.timer);
  mmSay(`The live cells did not start: ${what} Try once more, or open the chapter another way.`, () => (mmLive.started ? location.reload() : initThebeSBT()));
};

const mmListen = () => {
  const words = { launching: "Binder is starting. The first start takes a few minutes; read on.", "server-ready": "Binder is there; Python is starting." };
  thebelab.on("status", (event, { subject, status }) => {
    if (status === "ready" && (subject === "session" || subject === "kernel")) {
      clearTimeout(mmLive.timer);
      mmSay("The cells of this page are live: change one and press its run button. Run them from the top: later ones need the earlier ones.");
    } else if (status === "ready" && subject === "server") mmSay(words["server-ready"]);
    else if (subject === "server" && words[status]) mmSay(words[status]);
  });
  thebelab.on("error", (event, { status, message }) => {
    if (status !== "execute-error" && status !== "warning") mmFailed(`Binder gave no Python (${message || status}).`);
  });
  mmLive.timer = setTimeout(() => mmSay("Binder is still starting. It may be busy: wait, or take another way below Run."), mmPatience);
};

const mmStart = () => {
  mmLive.started = true;
  mmListen();
  modifyDOMForThebe();
  // without a MathJax of its own, which would come from elsewhere: an equation among outputs is shown as LaTeX
  Promise.resolve(thebelab.bootstrap({ mathjaxUrl: "" })).catch((error) => mmFailed(`Binder gave no Python (${error?.message ?? error}).`));
};

window.addEventListener("load", () => { // sphinx-thebe.js is loaded asynchronously
  const menu = document.querySelector(".mm-run");
  if (menu) {
    document.addEventListener("click", (event) => !menu.contains(event.target) && (menu.open = false));
    menu.addEventListener("keydown", (event) => {
      if (event.key !== "Escape") return;
      menu.open = false;
      menu.querySelector("summary").focus();
    });
  }
  if (typeof modifyDOMForThebe === "undefined") return; // a page without live cells

  initThebeSBT = () => {
    if (menu) menu.open = false;
    if (mmLive.started) return;
    if (typeof thebelab !== "undefined") return mmStart();
    mmSay("Fetching the script of the live cells.");
    const script = document.createElement("script");
    script.src = THEBE_JS_URL;
    script.addEventListener("load", mmStart);
    script.addEventListener("error", () => {
      script.remove();
      mmFailed("their script could not be fetched. There is no network, or it lets nothing through.");
    });
    document.head.append(script);
  };

  // The n-th output box of a page is given to the n-th cell (thebe's findCells), so each cell needs a box of its own, and sphinx-thebe
  // moves a box behind the code, which would put a figure whose code is folded into the closed fold.
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
