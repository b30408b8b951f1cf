// Charts of figures that the page holds, in the page's own colours, moved by live.js.
"use strict";

// Custom properties come out of the style as they were written; a probe resolves them.
function pageColour(name) {
  const probe = document.createElement("span");
  probe.style.color = `var(${name})`;
  document.body.append(probe);
  const colour = getComputedStyle(probe).color;
  probe.remove();
  return colour;
}

const calm = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
const palette = () => [1, 2, 3, 4, 5].map((number) => pageColour(`--chart-${number}`));
const PACE_POINTS_MAX = 120;

function amounts(canvas) {
  const { digits, currency } = canvas.dataset;
  if (currency === undefined) return (value) => new Intl.NumberFormat(document.documentElement.lang).format(value);
  const style = new Intl.NumberFormat(document.documentElement.lang, { style: "currency", currency });
  return (value) => style.format(value / 10 ** Number(digits));
}

function common(canvas, more) {
  const text = pageColour("--text-soft");
  const written = amounts(canvas);
  return {
    responsive: true,
    maintainAspectRatio: false,
    animation: calm ? false : { duration: 300 },
    color: text,
    ...more,
    plugins: {
      legend: { display: false, position: "right", labels: { color: text, boxWidth: 12 } },
      tooltip: { callbacks: { label: (item) => `${item.label}: ${written(item.raw.y ?? item.raw)}` } },
      ...(more.plugins || {}),
    },
  };
}

function axes(more = {}) {
  const text = pageColour("--text-soft"), line = pageColour("--line");
  return {
    x: { ticks: { color: text, precision: 0 }, grid: { color: line }, beginAtZero: true, ...more.x },
    y: { ticks: { color: text, precision: 0 }, grid: { color: line }, beginAtZero: true, ...more.y },
  };
}

const MAKERS = {
  bar(canvas, labels, figures) {
    return {
      type: "bar",
      data: { labels, datasets: [{ data: figures.values, backgroundColor: palette(), borderRadius: 4, maxBarThickness: 28 }] },
      options: common(canvas, { indexAxis: "y", scales: axes({ y: { grid: { display: false } } }) }),
    };
  },
  doughnut(canvas, labels, figures) {
    return {
      type: "doughnut",
      data: { labels, datasets: [{ data: figures.values, backgroundColor: palette(), borderColor: pageColour("--card"), borderWidth: 2 }] },
      options: common(canvas, {
        cutout: "62%",
        plugins: { legend: { display: true, position: "right", labels: { color: pageColour("--text-soft"), boxWidth: 12 } } },
      }),
    };
  },
  line(canvas, labels, figures) {
    return {
      type: "line",
      data: {
        labels: figures.labels,
        datasets: labels.map((label, place) => ({
          label, data: figures.values[place], borderColor: palette()[place], backgroundColor: palette()[place],
          tension: 0.25, pointRadius: 2,
        })),
      },
      options: common(canvas, { scales: axes() }),
    };
  },
  // How fast another chart's figures grow, since the page was opened.
  pace(canvas, labels) {
    return {
      type: "line",
      data: { labels: [], datasets: [{ label: labels[0], data: [], borderColor: palette()[0], backgroundColor: palette()[0], tension: 0.3, pointRadius: 0, borderWidth: 2 }] },
      options: common(canvas, { scales: axes({ x: { ticks: { display: false }, grid: { display: false } } }) }),
    };
  },
};

function draw(canvas) {
  const { chart: kind, labels, figures } = canvas.dataset;
  const chart = new Chart(canvas, MAKERS[kind](canvas, JSON.parse(labels), figures ? JSON.parse(figures) : {}));
  canvas.addEventListener("figures", (event) => {
    if (kind === "line") {
      chart.data.labels = event.detail.labels;
      chart.data.datasets.forEach((set, place) => { set.data = event.detail.values[place]; });
    } else {
      chart.data.datasets[0].data = event.detail.values;
    }
    chart.update();
  });
  if (kind === "pace") pace(canvas, chart);
}

// The last four states of the counted chart are answers that were submitted, in work not among them.
function pace(canvas, chart) {
  const source = document.getElementById(canvas.dataset.of);
  const submitted = (figures) => figures.values.slice(0, 4).reduce((sum, value) => sum + value, 0);
  let count = submitted(JSON.parse(source.dataset.figures)), at = performance.now();
  const add = (rate) => {
    chart.data.labels.push("");
    chart.data.datasets[0].data.push(rate);
    if (chart.data.labels.length > PACE_POINTS_MAX) { chart.data.labels.shift(); chart.data.datasets[0].data.shift(); }
    chart.update();
  };
  add(0);
  const measure = (next) => {
    const now = performance.now();
    add(Math.max(0, Math.round((next - count) / ((now - at) / 60000))));
    count = next; at = now;
  };
  let latest = count;
  source.addEventListener("figures", (event) => { latest = submitted(event.detail); });
  setInterval(() => { if (!document.hidden) measure(latest); }, 5000);
}

for (const canvas of document.querySelectorAll("canvas[data-chart]")) draw(canvas);
