// Figures: a click, a tap or a key shows one as large as the window, with a way to keep it; curves that move are kept as a table.
// Paper is light in the dark theme too.
(() => {
  const made = (tag, values) => Object.assign(document.createElement(tag), values);

  const enlarge = (image, caption, name) => {
    const large = made("dialog", { className: "mm-large", ariaLabel: "Enlarged figure" });
    const doors = made("div", { className: "mm-doors" });
    const close = made("button", { type: "button", textContent: "Close", autofocus: true });
    close.addEventListener("click", () => large.close());
    doors.append(close, made("a", { href: image.src, download: name, textContent: "Download the figure (PNG)" }));
    const notebook = document.querySelector("a.btn-download-notebook-button");
    if (notebook) doors.append(made("a", { href: notebook.href, download: "", textContent: "Notebook that computes its data" }));
    const whole = made("div", { className: "mm-whole", tabIndex: 0 });
    whole.append(made("img", { src: image.src, alt: image.alt }));
    large.append(doors, whole, made("p", { textContent: caption?.textContent ?? "" }));
    large.addEventListener("close", () => large.remove());
    large.addEventListener("click", (event) => event.target === large && large.close());
    document.body.append(large);
    large.showModal();
  };

  const figures = () => {
    const chapter = location.pathname.split("/").pop().replace(".html", "");
    for (const image of document.querySelectorAll("article section > p > img, article section > img")) {
      const figure = made("figure", { className: "mm-figure" }); // a picture of a page that runs nothing
      image.replaceWith(figure);
      figure.append(image);
    }
    document.querySelectorAll("figure.mm-figure:not(.mm-move)").forEach((figure, n) => {
      const [image, caption] = [figure.querySelector("img"), figure.querySelector("figcaption")];
      if (!image || figure.querySelector(".mm-enlarge")) return;
      const button = made("button", { type: "button", className: "mm-enlarge", textContent: "Enlarge", ariaLabel: `Enlarge figure ${n + 1}` });
      const open = () => enlarge(image, caption, `${chapter}-${n + 1}.png`);
      button.addEventListener("click", open);
      image.addEventListener("click", open);
      figure.append(button);
    });
  };

  // The numbers of a figure with a slider stand in the page: one line for each point of each curve, at each place of the slider.
  const table = (figure) => {
    const spec = JSON.parse(figure.querySelector("script[type='application/json']").textContent);
    const quoted = (value) => (/[",\n]/.test(value) ? `"${String(value).replaceAll('"', '""')}"` : value ?? "");
    const lines = [["curve", "at", "x", "y"]];
    const add = (name, at, x, y) => x.forEach((value, k) => lines.push([name, at, value, y[k]]));
    spec.fixed.forEach((curve) => add(curve.name, "", curve.x, curve.y));
    spec.moving.forEach((curve) => spec.values.forEach((at, n) => add(curve.name, at, curve.xs ? curve.xs[n] : curve.x, curve.ys[n])));
    return lines.map((line) => line.map(quoted).join(",")).join("\n") + "\n";
  };

  const numbers = () => {
    const chapter = location.pathname.split("/").pop().replace(".html", "");
    document.querySelectorAll("figure.mm-move").forEach((figure, n) => {
      if (figure.querySelector(".mm-enlarge")) return;
      const name = `${chapter}-curves-${n + 1}.csv`;
      const keep = made("button", { type: "button", className: "mm-enlarge", textContent: "Data (CSV)", ariaLabel: `Download the curves of moving figure ${n + 1}` });
      keep.addEventListener("click", () => {
        const href = URL.createObjectURL(new Blob([table(figure)], { type: "text/csv" }));
        made("a", { href, download: name }).click();
        setTimeout(() => URL.revokeObjectURL(href), 10000);
      });
      figure.append(keep);
    });
  };

  let theme; // of the screen, while paper is made
  window.addEventListener("beforeprint", () => {
    theme = document.documentElement.dataset.theme;
    document.documentElement.dataset.theme = "light";
  });
  window.addEventListener("afterprint", () => theme && (document.documentElement.dataset.theme = theme));

  window.addEventListener("load", () => {
    figures();
    numbers();
  });
})();
