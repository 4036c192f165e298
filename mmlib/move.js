// Draws a figure that has a slider (mmlib.plot.move). Stands inside the figure; without plotly the static image stays.
(() => {
  const figure = document.currentScript.closest("figure");
  const spec = JSON.parse(figure.querySelector("script[type='application/json']").textContent);
  const [stage, image, controls] = [".mm-stage", "img", ".mm-controls"].map((name) => figure.querySelector(name));
  const [slider, value, reading] = ["input", ".mm-value", ".mm-reading"].map((name) => controls.querySelector(name));
  const site = document.documentElement.dataset.content_root; // set on the book's pages, which serve plotly themselves
  const source = site === undefined ? spec.elsewhere : `${site}plotly/plotly.min.js`;
  const genuine = "sha256-oy6Be7Eh6eiQFs5M7oXuPxxm9qbJXEtTpfSI93dW16Q="; // plotly-3.0.1.min.js, the file that plot.py names: no other runs

  window.mmPlotly ??= new Promise((resolve, reject) => {
    const script = document.createElement("script");
    const define = window.define; // require.js, where there is one, would take the module for itself
    window.define = undefined;
    script.onload = () => ((window.define = define), resolve(window.Plotly));
    script.onerror = () => ((window.define = define), reject(new Error("plotly is out of reach")));
    if (site === undefined) Object.assign(script, { integrity: genuine, crossOrigin: "anonymous" });
    script.src = source;
    document.head.append(script);
  });

  const traces = (n) => [
    ...spec.fixed,
    ...spec.moving.map((trace) => ({ ...trace, x: trace.xs ? trace.xs[n] : trace.x, y: trace.ys[n] })),
  ];
  const say = (n) => {
    value.textContent = spec.values[n];
    reading.textContent = spec.says ? spec.says[n] : "";
    slider.setAttribute("aria-valuetext", `${spec.values[n]}. ${reading.textContent}`);
  };
  window.mmPlotly.then(
    (Plotly) => {
      image.classList.add("mm-still"); // the pages' style shows it again on paper
      image.hidden = true;
      stage.hidden = controls.hidden = false;
      const options = { displayModeBar: false, responsive: true };
      Plotly.newPlot(stage, traces(spec.start), spec.layout, options);
      say(spec.start);
      slider.addEventListener("input", () => {
        Plotly.react(stage, traces(+slider.value), spec.layout, options);
        say(+slider.value);
      });
    },
    () => {
      const note = document.createElement("p"); // the static image says it too
      note.textContent = `The slider needs the script plotly, which is out of reach here: the picture stands at ${spec.values[spec.start]}.`;
      figure.append(note);
    },
  );
})();
