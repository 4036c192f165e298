// Chapters come before the entries of the library's reference: a reader who searches a word wants its lesson first.
// The other values are Sphinx's own.
var Scorer = {
  score: ([docname, title, anchor, descr, score, filename]) => (docname.startsWith("book/library/") ? score - 100 : score),
  objNameMatch: 11,
  objPartialMatch: 6,
  objPrio: { 0: 15, 1: 5, 2: -5 },
  objPrioDefault: 0,
  title: 15,
  partialTitle: 7,
  term: 5,
  partialTerm: 2,
};
