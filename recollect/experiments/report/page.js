"use strict";
// What the page does: it draws plots as they come into sight, and follows theme, arms, axis and keys.

const charts = JSON.parse(document.getElementById("data").textContent);
const plots = [...document.querySelectorAll(".plot")];
const boxes = [...document.querySelectorAll(".chip input")];
const axis = document.getElementById("axis"), toggle = document.getElementById("theme"), said = document.getElementById("said");
const config = {displaylogo: false, responsive: true, showTips: false, modeBarButtons: [["toImage", "zoom2d", "pan2d", "resetScale2d"]]};
const shown = () => new Set(boxes.filter(box => box.checked).map(box => box.value));

function draw(plot) {
  if (!plot.offsetParent) return;
  const {spec, title} = charts[plot.dataset.plot];
  const {data, layout} = drawing(spec, axis ? axis.value : "step", shown(), plot.clientWidth);
  const name = title.replace(/[^\w.-]+/g, "-").toLowerCase();
  Plotly.react(plot, data, layout, {...config, toImageButtonOptions: {filename: name, scale: 2}});
  plot.querySelectorAll("a, button").forEach(one => one.setAttribute("tabindex", "-1"));
  plot.dataset.drawn = "yes";
}
const redraw = () => plots.filter(plot => plot.dataset.drawn).forEach(draw);

const sight = new IntersectionObserver(seen => seen.forEach(one => {
  if (one.isIntersecting && !one.target.dataset.drawn) draw(one.target);
}), {rootMargin: "700px"});
plots.forEach(plot => sight.observe(plot));
window.addEventListener("beforeprint", () => plots.forEach(draw));

boxes.forEach(box => box.addEventListener("change", () => {
  const chosen = shown();
  document.querySelectorAll("[data-arm]").forEach(one => { one.hidden = !chosen.has(one.dataset.arm); });
  redraw();
}));
if (axis) axis.addEventListener("change", redraw);

const themes = ["auto", "light", "dark"];
toggle.addEventListener("click", () => {
  const next = themes[(themes.indexOf(document.documentElement.dataset.theme || "auto") + 1) % themes.length];
  if (next === "auto") delete document.documentElement.dataset.theme; else document.documentElement.dataset.theme = next;
  toggle.textContent = `Theme: ${next}`;
  toggle.setAttribute("aria-label", next === "auto" ? "Colours: as the system has them" : `Colours: ${next}`);
  redraw();
});
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);

// Arrow keys: which curve, and which of its points, is shown and said.
const steps = {ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0], Home: [0, -Infinity], End: [0, Infinity]};
plots.forEach(plot => {
  let curve = 0, point = -1;
  plot.addEventListener("focus", () => { if (!plot.dataset.drawn) draw(plot); });
  plot.addEventListener("keydown", event => {
    const step = steps[event.key];
    if (!step || event.target !== plot || !plot.data) return;
    const visible = plot.data.map((trace, i) => i).filter(i => plot.data[i].visible !== false && plot.data[i].y && plot.data[i].y.length);
    if (!visible.length) return;
    event.preventDefault();
    const at = Math.max(visible.indexOf(curve), 0);
    curve = visible[Math.min(Math.max(at + step[0], 0), visible.length - 1)];
    const trace = plot.data[curve], grid = trace.type === "heatmap", across = grid ? trace.x.length : 1;
    const last = grid ? across * trace.y.length - 1 : trace.y.length - 1;
    point = Math.min(Math.max(point + step[1] + (grid ? step[0] * across : 0), 0), last);
    const row = Math.floor(point / across), column = point % across;
    Plotly.Fx.hover(plot, [grid ? {curveNumber: curve, pointNumber: [row, column]} : {curveNumber: curve, pointNumber: point}]);
    const x = grid ? trace.x[column] : trace.x[point], y = grid ? `after ${trace.y[row]}: ${trace.z[row][column]}` : trace.y[point];
    said.textContent = `${trace.name || charts[plot.dataset.plot].title}, ${x}: ${y}`;
  });
  plot.addEventListener("blur", () => { if (plot.data) Plotly.Fx.unhover(plot); });
});

// The table behind a plot is made when it is first opened.
document.querySelectorAll("figure details").forEach(details => details.addEventListener("toggle", () => {
  const place = details.querySelector(".scroll"), plot = details.parentElement.querySelector(".plot");
  if (!details.open || place.firstChild) return;
  const table = document.createElement("table");
  charts[plot.dataset.plot].table.forEach((cells, number) => {
    const row = (number ? table.tBodies[0] || table.createTBody() : table.createTHead()).insertRow();
    cells.forEach((cell, column) => {
      const made = document.createElement(number && column ? "td" : "th");
      if (made.tagName === "TH") made.scope = number ? "row" : "col";
      made.textContent = cell;
      row.append(made);
    });
  });
  place.append(table);
  place.tabIndex = 0;
}));
