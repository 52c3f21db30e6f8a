"use strict";
// From the plain data of a plot to plotly's traces and layout, in the colours of the theme.

const style = name => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
const scale = name => { const all = []; for (let i = 0; style(`--${name}-${i}`); i++) all.push(style(`--${name}-${i}`)); return all; };

function mixed(one, other, share) {
  const parts = hex => [1, 3, 5].map(i => parseInt(hex.slice(i, i + 2), 16));
  const a = parts(one), b = parts(other);
  return `rgb(${a.map((value, i) => Math.round(value + (b[i] - value) * share)).join(",")})`;
}

function colour(name) {
  const [kind, value] = name.split(":");
  if (kind === "tone") return style(`--tone-${value}`);
  const stops = scale("seq"), place = Number(value) * (stops.length - 1), below = Math.min(Math.floor(place), stops.length - 2);
  return mixed(stops[below], stops[below + 1], place - below);
}

function themed(value) {
  if (typeof value === "string") {
    if (/^(tone|seq):[\d.]+$/.test(value)) return colour(value);
    return value.startsWith("var(--") ? style(value.slice(4, -1)) : value;
  }
  if (Array.isArray(value)) return typeof value[0] === "number" && typeof value[value.length - 1] === "number" ? value : value.map(themed);
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, themed(one)]));
}

// The interval of a curve as an outline, piece by piece where numbers are missing; it belongs to the curve in the legend.
function band(line, x, index) {
  const pieces = [];
  let piece = [];
  x.forEach((_, i) => {
    if (line.low[i] === null || line.high[i] === null) { if (piece.length) pieces.push(piece); piece = []; } else piece.push(i);
  });
  if (piece.length) pieces.push(piece);
  const path = pieces.filter(one => one.length > 1).map(one =>
    "M" + one.map(i => `${x[i]},${line.high[i]}`).join("L") + "L" + one.reverse().map(i => `${x[i]},${line.low[i]}`).join("L") + "Z").join("");
  return path ? [{type: "path", path, fillcolor: colour(line.tone), opacity: line.arm === null ? .11 : .17, line: {width: 0}, layer: "below", legendgroup: `curve ${index}`}] : [];
}

function lines(spec, axis, width) {
  const dashes = ["solid", "dash", "dot", "dashdot", "longdash", "longdashdot"];
  const placed = line => {
    const table = spec.axes[line.axes], all = table[axis] || Object.values(table)[0];
    return line.at === null ? all : line.at.map(i => all[i]);
  };
  const data = spec.series.map((line, index) => ({
    type: "scatter", mode: line.mean.length > 40 ? "lines" : "lines+markers", name: line.name, x: placed(line), y: line.mean,
    line: {color: colour(line.tone), width: 1.9, dash: line.arm === null ? "solid" : dashes[index % dashes.length]}, marker: {size: 5},
    meta: line.arm, legendgroup: `curve ${index}`, hovertemplate: `${line.name}: %{y:.4g}<extra></extra>`, connectgaps: false,
  }));
  const bands = spec.series.flatMap((line, index) => line.low ? band(line, placed(line), index).map(one => ({...one, name: line.arm || ""})) : []);
  const shapes = [...bands], annotations = [], parts = spec.segments;
  const key = parts.length && !(axis in parts[0].to) ? Object.keys(parts[0].to)[0] : axis;
  const total = parts.length ? parts[parts.length - 1].to[key] : 0;
  if (parts.length <= 200) parts.slice(0, -1).forEach(one => shapes.push(
    {type: "line", xref: "x", yref: "paper", x0: one.to[key], x1: one.to[key], y0: 0, y1: 1, line: {color: style("--muted"), width: 1, dash: "dot"}, opacity: .7}));
  parts.forEach(one => {
    const room = Math.floor((one.to[key] - one.from[key]) / total * (width - 90) / 6.4);
    const name = one.name.length <= room ? one.name : room > 4 ? `${one.name.slice(0, room - 1)}…` : "";
    if (name) annotations.push({text: name, x: (one.from[key] + one.to[key]) / 2, y: 1, yref: "paper", yanchor: "bottom", showarrow: false,
      font: {size: 11, color: style("--muted")}});
  });
  const names = document.querySelector(`#axis option[value="${key}"]`);
  const arms = data.some(one => one.meta !== null), named = arms || data.length <= 12; // many tasks are a scale of colours
  return {data, layout: {shapes, annotations, height: data.length > 12 ? 420 : 340, margin: {t: 30},
    xaxis: {title: {text: names ? names.textContent : key, standoff: 6}}, yaxis: {title: {text: spec.y}, range: spec.range || undefined},
    hovermode: data.length <= 12 ? "x" : "closest", showlegend: named}};
}

// What to give to plotly; `shown` are the names of the arms that are chosen.
function drawing(spec, axis, shown, width) {
  const made = spec.kind === "lines" ? lines(spec, axis, width) : {data: themed(spec.data), layout: themed(spec.layout)};
  const narrow = width < 480;
  const grid = {gridcolor: style("--line"), linecolor: style("--line"), zerolinecolor: style("--line"), tickfont: {size: 12}, automargin: true};
  const layout = {
    paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)", font: {family: style("--text"), size: 12.5, color: style("--ink")}, autosize: true,
    legend: {orientation: "h", yref: "container", y: 0, x: 0, yanchor: "bottom", font: {size: 12}, traceorder: "normal"}, hoverlabel: {font: {family: style("--text"), size: 12}}, dragmode: "zoom",
    modebar: {bgcolor: "rgba(0,0,0,0)", color: style("--muted"), activecolor: style("--ink")},
    ...made.layout, margin: {l: 54, r: narrow ? 8 : 14, t: 14, b: 44, ...(made.layout.margin || {})},
    xaxis: {...grid, ...(made.layout.xaxis || {})}, yaxis: {...grid, ...(made.layout.yaxis || {})},
  };
  const hides = arm => typeof arm === "string" && arm !== "" && !shown.has(arm);
  layout.shapes = (layout.shapes || []).filter(shape => !hides(shape.name));
  return {data: made.data.map(trace => ({...trace, visible: !hides(trace.meta)})), layout};
}
