"""What is looked at on a page that stands open in the browser. Each check gives a list of findings, empty if all is well."""

from __future__ import annotations

from axe_playwright_python.sync_playwright import Axe

AXE = Axe()
# Axe spends most of its time on contrast, text by text, thousands of them in a few dozen looks: it is asked about the first of each look (colour,
# size, weight, what lies behind it), links beside what they stand in. All its other rules are asked of the whole page.
SAMPLE = """() => {
  const seen = new Set(), behind = new Map();
  const ground = (e) => {
    if (!e) return "";
    if (!behind.has(e)) {
      const s = getComputedStyle(e);
      const own = s.backgroundColor === "rgba(0, 0, 0, 0)" && s.backgroundImage === "none" && s.opacity === "1" && s.filter === "none"
        ? "" : [s.backgroundColor, s.backgroundImage, s.opacity, s.filter].join(" ");
      behind.set(e, own + "<" + ground(e.parentElement));
    }
    return behind.get(e);
  };
  let count = 0;
  for (const e of document.body.querySelectorAll("*")) {
    if (![...e.childNodes].some(n => n.nodeType === 3 && n.data.trim()) && !e.matches("input, textarea, select")) continue;
    if (!e.checkVisibility()) continue;
    const s = getComputedStyle(e), above = getComputedStyle(e.parentElement);
    const look = [e.tagName === "A" ? "a " + above.color + s.textDecorationLine : "", s.color, s.fontSize, s.fontWeight, s.textShadow, ground(e)].join("|");
    if (seen.has(look)) continue;
    seen.add(look);
    e.setAttribute("data-look", ++count);
  }
  return count;
}"""
OF_COLOUR = ["color-contrast", "link-in-text-block"]  # axe's rules that depend on the theme

UNRENDERED = """() => {
  const left = [...document.querySelectorAll("span.math, div.math")].filter(e => !e.querySelector("mjx-container"));
  const bad = [...document.querySelectorAll("mjx-merror, merror")];
  return [...left, ...bad].map(e => e.textContent.slice(0, 80));
}"""

WIDE = """() => {
  const column = document.querySelector("article.bd-article").getBoundingClientRect();
  return [...document.querySelectorAll("article.bd-article img, article.bd-article svg")]
    .filter(e => e.getBoundingClientRect().right > column.right + 1)
    .map(e => (e.alt || e.outerHTML).slice(0, 80));
}"""

FITS = """() => {
  const found = [], shown = (e) => e.checkVisibility() && !e.closest(".mm-about, dialog");
  const say = (what, e) => found.push(`${what}: ${e.textContent.trim().replace(/\\s+/g, " ").slice(0, 80)}`);
  const wide = (e) => e.scrollWidth > e.clientWidth + 1;
  const article = document.querySelector("article.bd-article"), range = document.createRange();
  const lines = (node, from, to) => {
    range.setStart(node, from);
    range.setEnd(node, to);
    return [...range.getClientRects()].filter((r) => r.width);
  };
  for (const box of article.querySelectorAll(".pst-scrollable-table-container")) {
    if (!shown(box) || !wide(box)) continue;
    if (!box.classList.contains("mm-wide")) say("a table goes on to the right, unsaid", box);
    if ([...box.querySelectorAll("td")].some((cell) => cell.innerText.length > 60)) say("sentences in a table that is scrolled", box);
  }
  for (const formula of article.querySelectorAll("div.math mjx-container[display]"))
    if (shown(formula) && wide(formula) && !formula.closest(".mm-on")) say("a formula goes on to the right, unsaid", formula.closest("div.math"));
  for (const formula of article.querySelectorAll("span.math, .mm-value")) {
    const after = formula.nextSibling;
    if (after?.nodeType !== 3 || !/^[.,;:!?)]/.test(after.data) || !shown(formula)) continue;
    const mark = lines(after, 0, 1)[0];
    if (mark && mark.top > [...formula.getClientRects()].at(-1).bottom - 2) say("a line begins with a mark", formula.parentElement);
  }
  for (const sign of article.querySelectorAll(".mm-tick")) {
    const before = sign.previousSibling;
    const words = before?.nodeType === 3 && shown(sign) ? lines(before, 0, before.length) : [];
    if (words.length && sign.getBoundingClientRect().top > words.at(-1).bottom - 1) say("a sign stands on another line than its number", sign.parentElement);
  }
  for (const name of article.querySelectorAll("td code")) {
    const texts = document.createTreeWalker(name, NodeFilter.SHOW_TEXT);
    while (shown(name) && texts.nextNode())
      for (const part of texts.currentNode.data.matchAll(/[a-z]{2,}/gi)) {
        const at = lines(texts.currentNode, part.index, part.index + part[0].length);
        if (at.length > 1 && at.at(-1).top - at[0].top > 4) say(`a name is broken in ${part[0]}`, name);
      }
  }
  for (const box of article.querySelectorAll(".output.stream + .output.stream")) say("what a cell prints stands in two boxes", box);
  for (const fold of article.querySelectorAll("details.hide > summary")) if (/^Code( Code)?$/.test(fold.textContent.trim().replace(/\\s+/g, " "))) say("a fold that says nothing", fold);
  return found;
}"""

DRAWN = "(f) => f.querySelector('.mm-stage').data.map((d) => [d.x.join(), d.y.join()]).join()"


def quiet(tab, seen) -> list[str]:
    """No message in the console, nothing missing, nothing asked of another machine."""
    asked = [f"asks for {url}, which the site does not serve" for url in seen.refused]
    return asked + seen.failed + seen.console


def equations(tab, seen) -> list[str]:
    """All are set; the page has one title."""
    titles = tab.locator("article.bd-article h1").count()
    return [f"not set: {text}" for text in tab.evaluate(UNRENDERED)] + [f"{titles} titles"] * (titles != 1)


def width(tab, seen) -> list[str]:
    """Nothing scrolls sideways, no picture is wider than the column."""
    wide = tab.evaluate("document.documentElement.scrollWidth - window.innerWidth")
    found = [f"wider than the column: {what}" for what in tab.evaluate(WIDE)]
    return found + [f"the page is {wide} pixels wider than the window"] * (wide > 0)


def fits(tab, seen) -> list[str]:
    """On a telephone what goes on to the right says so, what is read is not scrolled, and signs, marks and names keep together."""
    return tab.evaluate(FITS)


def accessible(tab, seen, rules=None) -> list[str]:
    """No serious or critical finding of axe-core, by all its rules or by those of colour alone."""
    tab.evaluate(
        "window.dispatchEvent(new Event('resize'))"
    )  # the theme makes what scrolls reachable by key; print undid it
    tab.wait_for_timeout(600)
    found = [] if rules else _serious(tab, rules={name: {"enabled": False} for name in OF_COLOUR})
    if tab.evaluate(SAMPLE):
        found += _serious(tab, [["[data-look]"]], runOnly={"type": "rule", "values": OF_COLOUR})
    return found


def _serious(tab, include=None, **options) -> list[str]:
    options["resultTypes"] = ["violations"]  # what is in order need not be listed: that took most of its time
    context = {"include": include} if include else None
    return [
        f"{v['id']} ({v['impact']}): {v['help']}; {len(v['nodes'])} times, first {v['nodes'][0]['target']} "
        f"{v['nodes'][0]['html'][:160]}"
        for v in AXE.run(tab, context=context, options=options).response["violations"]
        if v["impact"] in ("serious", "critical")
    ]


def moves(tab, seen) -> list[str]:
    """Without a network the slider takes the still picture's place, and an arrow key moves the curves; paper gets the picture."""
    if tab.locator("figure.mm-move").count() == 0:
        return []  # nothing to move
    figure, found = tab.locator("figure.mm-move").first, []
    figure.locator(".mm-stage .plot-container").wait_for()
    if figure.locator("img").is_visible():
        found.append("the still picture stands beside the one that moves")
    before, value = figure.evaluate(DRAWN), figure.locator(".mm-value").inner_text()
    figure.locator("input").press("ArrowLeft")
    if figure.locator(".mm-value").inner_text() == value or figure.evaluate(DRAWN) == before:
        found.append("an arrow key moves nothing")
    tab.emulate_media(media="print")
    if not figure.locator("img").is_visible() or figure.locator(".mm-stage").is_visible():
        found.append("paper gets the slider instead of the picture")
    tab.emulate_media(media="screen")
    return found
