// Which page comes first, and what is quoted of it. Sphinx's own search knows only that a page has a word: mmWeights, written when the
// pages are built (mmlib/reproduce/search.py), says how often.
const mmQuery = (new URLSearchParams(location.search).get("q") ?? "").trim();
const mmWords = mmQuery.toLowerCase().split(/[^\p{Letter}\p{Number}_]+/u).filter((word) => word);
const mmLists = ["book/intro", "book/review_map", "book/reproducibility", "book/bibliography", "book/for_instructors", "book/notation"]; // each names everything once
const [NAME, WORD_AND_NAME] = [1000, 999];

const mmStem = (word) => (typeof Stemmer === "undefined" ? word : new Stemmer().stemWord(word));
const mmPages = (word) => (typeof mmWeights !== "undefined" && Object.hasOwn(mmWeights.words, mmStem(word)) ? mmWeights.words[mmStem(word)] : undefined);
// What was asked without words such as "of", the rarest first.
const mmTelling = () => {
  const idle = new Set(typeof stopwords === "undefined" ? [] : stopwords);
  const spread = (word) => Object.keys(mmPages(word) ?? {}).length;
  return mmWords.filter((word) => !idle.has(word)).sort((a, b) => spread(a) - spread(b));
};

// Of several words the rare ones say more of what is looked for: a page counts by its use of each word, weighted by how few pages have it.
const mmWeight = (docname) => {
  let [found, all] = [0, 0];
  for (const word of new Set(mmWords.map(mmStem))) {
    const pages = mmPages(word);
    if (!pages) continue; // a word such as "of", or one that no page uses twice
    const rare = Math.log(1 + mmWeights.pages / Object.keys(pages).length);
    found += rare * (pages[docname] ?? 0);
    all += rare;
  }
  const less = mmLists.includes(docname) ? 10 : docname.startsWith("book/library/") ? 6 : 0;
  return all ? found / all - less : 0;
};

// A page whose own title has all the words is about them, more than one with a section of that name.
const mmTitled = (title) => {
  const own = new Set((title.split(" > ")[0].toLowerCase().match(/[\p{Letter}\p{Number}_]+/gu) ?? []).map(mmStem));
  return mmWords.length > 0 && mmTelling().every((word) => own.has(mmStem(word))) ? 8 : 0;
};

var Scorer = {
  // An entry of the library comes first if it was asked for by its exact name. If that is also a word of the text (energy, fit), the page
  // that uses it most stands before it. Glossary and reference follow the pages; sections stand with their page.
  score: ([docname, title, anchor, descr, score, filename]) => {
    if (anchor.startsWith("#term-")) return 18; // a word of the glossary, found through the index
    if (!descr) return score + mmWeight(docname) + mmTitled(title);
    const [asked, full] = [mmQuery.toLowerCase(), title.toLowerCase()];
    if (full === asked || full.endsWith("." + asked)) {
      const word = /^\p{Letter}+$/u.test(asked) && typeof mmWeights !== "undefined" && mmWeights.common.includes(asked);
      return word || descr.startsWith("glossary") ? WORD_AND_NAME : NAME;
    }
    return descr.startsWith("glossary") ? score + 4 : score - 30;
  },
  objNameMatch: 11,
  objPartialMatch: 6,
  objPrio: { 0: 15, 1: 5, 2: -5 },
  objPrioDefault: 0,
  title: 15,
  partialTitle: 7,
  term: 5,
  partialTerm: 2,
};

if (typeof Search !== "undefined") {
  const perform = Search._performSearch;
  Search._performSearch = (...asked) => {
    const results = perform(...asked); // the best is the last
    if (results.at(-1)?.[4] === WORD_AND_NAME) {
      const page = results.findLastIndex((result) => !result[3] && !result[0].startsWith("book/library/"));
      if (page >= 0) results.push(...results.splice(page, 1));
    }
    return results;
  };

  // The words of the article, without the toolbar around it, without code and verdicts where the word stands elsewhere too, formulas without their marks.
  const mmText = (html, anchor, withCode) => {
    const article = new DOMParser().parseFromString(html, "text/html").querySelector("article.bd-article");
    let place = article;
    try {
      place = (anchor && article?.querySelector(anchor)) || article;
    } catch {} // an anchor that is no selector
    if (!place) return "";
    if (place.matches("dt")) place = place.parentElement;
    place.querySelectorAll(`.headerlink, script, style, svg, h1, .mm-run, .mm-live, .mm-card, .mm-about, .mm-spoken, .mm-row, .mm-enlarge, .toggle-button, summary${withCode ? "" : ", pre, .mm-fold, .mm-claims, .mm-claim"}`).forEach((e) => e.remove());
    place.querySelectorAll("p, li, td, th, dt, dd, figcaption").forEach((e) => e.append(" "));
    place.querySelectorAll("h2, h3, h4").forEach((e) => e.append(": ")); // an excerpt may begin after it
    return place.textContent.replace(/\\[()[\]]/g, "").replace(/\s+/g, " ").trim();
  };
  Search.htmlToText = (html, anchor) => mmText(html, anchor, true);

  // The excerpt begins with the sentence that has the word as it was typed, or a word that begins like it.
  Search.makeSearchSummary = (html, keywords, anchor) => {
    const begin = (word) => new RegExp(`(?<![\\p{Letter}\\p{Number}_])${word.replace(/[.*+\-?^${}()|[\]\\]/g, "\\$&")}`, "iu");
    const tried = [...mmTelling().flatMap((word) => [word, mmStem(word)]), ...keywords, ...[...keywords].map((word) => word.slice(0, -1))].filter((word) => word.length > 2);
    let [text, at] = ["", -1];
    for (const withCode of [false, true]) {
      text = mmText(html, anchor, withCode);
      at = tried.map((word) => text.search(begin(word))).find((place) => place >= 0) ?? -1;
      if (at >= 0) break;
    }
    if (!text) return Object.assign(document.createElement("p"), { className: "context" }); // a place without words: nothing to quote
    const before = text.slice(Math.max(at - 160, 0), Math.max(at, 0));
    const ends = [...before.matchAll(/[.?!:] (?=\S)/g)].map((m) => m.index + 2);
    const skipped = ends.at(-1) ?? (at > before.length ? before.indexOf(" ") + 1 : 0); // to the sentence, or at least to a word
    const start = Math.max(at, 0) - before.length + skipped;
    const cut = start > 0 && !/[.?!:] $/.test(text.slice(start - 2, start));
    const summary = document.createElement("p");
    summary.classList.add("context");
    summary.textContent = (cut ? "… " : "") + text.slice(start, start + 240).replace(/\S*$/, "").trim() + (text.length > start + 240 ? " …" : "");
    return summary;
  };
}
