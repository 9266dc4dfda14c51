// Charts as SVG, with patterns as well as colours, and a description for who does not see them; tables hold the same.

const style = getComputedStyle(document.documentElement);
const colour = (name) => style.getPropertyValue(name).trim();
const still = matchMedia("(prefers-reduced-motion: reduce)").matches;

function option(data, label) {
  const names = { type: "category", data: data.names, axisLabel: { color: colour("--text"), fontSize: 15 } };
  const unit = data.most ? "%" : "";
  const values = { type: "value", max: data.most, axisLabel: { color: colour("--text"), fontSize: 15, formatter: `{value}${unit}` } };
  const flat = data.flat || false;
  if (flat) Object.assign(names, { inverse: true });
  return {
    animation: !still,
    color: [colour("--act"), colour("--warn")],
    textStyle: { fontFamily: getComputedStyle(document.body).fontFamily },
    aria: { enabled: true, label: { description: described(data, label) }, decal: { show: data.series.length > 1 } },
    grid: { left: 8, right: 48, top: data.series.length > 1 ? 44 : 16, bottom: 8, containLabel: true },
    legend: data.series.length > 1 ? { top: 0, textStyle: { color: colour("--text"), fontSize: 16 } } : undefined,
    xAxis: flat ? values : names,
    yAxis: flat ? names : values,
    series: data.series.map((one) => ({
      ...one,
      type: "bar",
      barMaxWidth: 34,
      label: { show: data.series.length === 1, formatter: `{c}${unit}`, position: flat ? "right" : "top", color: colour("--text"), fontSize: 15 },
    })),
  };
}

function described(data, label) {
  const parts = data.series.map((one) => data.names.map((name, n) => `${name} ${one.data[n]}`).join(", "));
  return `${label}: ${data.series.map((one, n) => `${one.name} ${parts[n]}`).join("; ")}`;
}

async function draw() {
  const answer = await fetch("/figures.json", { headers: { Accept: "application/json" } });
  if (!answer.ok) return;
  const found = await answer.json();
  for (const box of document.querySelectorAll("[data-chart]")) {
    const data = found[box.dataset.chart];
    if (data.flat) box.dataset.rows = Math.min(data.names.length, 20);
    box.setAttribute("role", "img");
    const chart = globalThis.echarts.init(box, null, { renderer: "svg" });
    chart.setOption(option(data, box.getAttribute("aria-label")));
    addEventListener("resize", () => chart.resize());
  }
  document.documentElement.dataset.drawn = "yes";
}

draw();
