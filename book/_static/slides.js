// A chapter as slides, made in the browser from the page itself: PAGE.html?slides. Title, sections with their first words and equation, each
// Predict and its answer, each figure and table, what to take away. Arrow keys turn, Escape goes back to the page, printing gives a PDF.
(() => {
  if (!new URLSearchParams(location.search).has("slides")) return;
  const LEFT_OUT = /^(exercises|claims|what to read next|use it on your own data|what the review asks)/i;
  const made = (tag, values) => Object.assign(document.createElement(tag), values);

  const copy = (node) => {
    const one = node.cloneNode(true);
    one.querySelectorAll(".mm-about, .mm-tick, .mm-row, .mm-spoken, .mm-fold, .mm-enlarge, .mm-stage, .mm-controls, .headerlink, .toggle-button, script").forEach((e) => e.remove());
    for (const e of [one, ...one.querySelectorAll("*")]) {
      e.removeAttribute("id");
      e.removeAttribute("tabindex");
      e.classList.remove("toggle", "toggle-hidden", "mm-still", "mm-move", "dropdown");
      if (e.hidden) e.hidden = false;
    }
    return one;
  };

  const slide = (...nodes) => {
    const one = made("section", { className: "mm-slide" });
    one.append(...nodes.filter(Boolean).map(copy));
    return one;
  };

  // The parts of a section in their order, without cells of code, solutions and what stands below further headings' own slides.
  const parts = (section) => [...section.querySelectorAll("figure.mm-figure, .admonition:not(.exercise, .solution, .warning, .note), .pst-scrollable-table-container")]
    .filter((e) => !e.closest(".exercise, .solution, .mm-claims, .mm-fold") && !e.parentElement.closest(".admonition, figure"));

  const slides = () => {
    const article = document.querySelector("article.bd-article");
    const whole = article.querySelector("section");
    const own = (section, what) => [...section.children].find((e) => e.matches(what));
    const out = [slide(whole.querySelector("h1"), article.querySelector(".mm-card"), [...whole.children].find((e) => e.matches("p:not(.mm-card)") && e.querySelector("strong")))];
    const opening = [...whole.children].filter((e) => !e.matches("section"));
    for (const figure of opening.flatMap((e) => (e.matches("figure") ? [e] : [...e.querySelectorAll("figure.mm-figure")]))) out.push(slide(figure));
    for (const section of whole.querySelectorAll(":scope > section")) {
      const head = own(section, "h2");
      if (!head || LEFT_OUT.test(head.textContent.trim())) continue;
      if (/^what you take away/i.test(head.textContent.trim())) {
        out.push(slide(head, ...[...section.children].filter((e) => e.matches("p, ul, ol"))));
        continue;
      }
      out.push(slide(head, own(section, "p"), own(section, "div.math, mjx-container[display]")));
      for (const part of parts(section)) out.push(slide(part));
    }
    return out;
  };

  const show = () => {
    const deck = made("main", { className: "mm-deck", ariaLabel: "Slides" });
    const all = slides();
    deck.append(...all);
    const bar = made("nav", { className: "mm-turn", ariaLabel: "Turn the slides" });
    const [back, on, leave] = ["Previous", "Next", "Leave"].map((textContent) => made("button", { type: "button", textContent }));
    const count = made("output", {});
    bar.append(back, count, on, leave);
    deck.append(bar);
    [...document.body.children].forEach((e) => !e.matches("script") && (e.hidden = e.inert = true));
    document.documentElement.classList.add("mm-slides");
    document.body.append(deck);
    let at = Math.min(Math.max((parseInt(location.hash.slice(1), 10) || 1) - 1, 0), all.length - 1);
    const turn = (by) => {
      at = Math.min(Math.max(at + by, 0), all.length - 1);
      all.forEach((one, k) => one.classList.toggle("mm-now", k === at));
      count.textContent = `${at + 1} of ${all.length}`;
      history.replaceState(null, "", `#${at + 1}`);
    };
    const end = () => location.assign(location.pathname);
    back.addEventListener("click", () => turn(-1));
    on.addEventListener("click", () => turn(1));
    leave.addEventListener("click", end);
    document.addEventListener("keydown", (event) => {
      const by = { ArrowRight: 1, PageDown: 1, ArrowLeft: -1, PageUp: -1, Home: -all.length, End: all.length }[event.key];
      if (event.key === "Escape") end();
      else if (by) {
        event.preventDefault();
        turn(by);
      }
    });
    turn(0);
  };

  window.addEventListener("load", () => (window.MathJax?.startup?.promise ?? Promise.resolve()).then(show));
})();
