// Four corners of a panel, dragged or moved with the arrow keys; the form's boxes follow, so that one sees when it fits.

const svg = document.querySelector("[data-place]");
const guides = JSON.parse(svg.dataset.guides);
const boxes = svg.querySelector("[data-boxes]");
const outline = svg.querySelector("[data-outline]");
const handles = [...svg.querySelectorAll("[data-corner]")];
const inputs = handles.map((_, n) => [document.getElementById(`x${n}`), document.getElementById(`y${n}`)]);
const corners = inputs.map((pair) => pair.map((input) => Number(input.value)));
const shapes = guides.map(() => boxes.appendChild(document.createElementNS(svg.namespaceURI, "polygon")));

// The projective map of the unit square onto the corners (Heckbert 1989).
function map() {
  const [[x0, y0], [x1, y1], [x2, y2], [x3, y3]] = corners;
  const [dx1, dx2, sx] = [x1 - x2, x3 - x2, x0 - x1 + x2 - x3];
  const [dy1, dy2, sy] = [y1 - y2, y3 - y2, y0 - y1 + y2 - y3];
  const det = dx1 * dy2 - dx2 * dy1 || 1;
  const g = (sx * dy2 - dx2 * sy) / det;
  const h = (dx1 * sy - sx * dy1) / det;
  return (u, v) => {
    const w = g * u + h * v + 1;
    return [
      ((x1 - x0 + g * x1) * u + (x3 - x0 + h * x3) * v + x0) / w,
      ((y1 - y0 + g * y1) * u + (y3 - y0 + h * y3) * v + y0) / w,
    ];
  };
}

function draw() {
  const to = map();
  const px = 1 / (svg.getScreenCTM()?.a || 1); // of the picture: corners are as large on every screen
  handles.forEach((handle, n) => handle.setAttribute("transform", `translate(${corners[n].join(" ")}) scale(${px})`));
  outline.setAttribute("points", corners.join(" "));
  shapes.forEach((shape, n) => {
    const [x, y, w, h] = guides[n];
    shape.setAttribute("points", [to(x, y), to(x + w, y), to(x + w, y + h), to(x, y + h)].join(" "));
  });
  inputs.forEach((pair, n) => pair.forEach((input, axis) => {
    const text = String(Math.round(corners[n][axis]));
    if (document.activeElement !== input) input.value = text;
  }));
}

function at(event) {
  const point = new DOMPoint(event.clientX, event.clientY).matrixTransform(svg.getScreenCTM().inverse());
  return [point.x, point.y];
}

handles.forEach((handle, n) => {
  let grip = null;
  handle.addEventListener("pointerdown", (event) => {
    const [x, y] = at(event);
    grip = [corners[n][0] - x, corners[n][1] - y];
    handle.setPointerCapture(event.pointerId);
    handle.focus();
    event.preventDefault();
  });
  handle.addEventListener("pointermove", (event) => {
    if (grip === null) return;
    const [x, y] = at(event);
    corners[n] = [x + grip[0], y + grip[1]];
    draw();
  });
  for (const name of ["pointerup", "pointercancel"]) handle.addEventListener(name, () => (grip = null));
  handle.addEventListener("keydown", (event) => {
    const step = event.shiftKey ? 20 : 2;
    const by = { ArrowLeft: [-step, 0], ArrowRight: [step, 0], ArrowUp: [0, -step], ArrowDown: [0, step] }[event.key];
    if (by === undefined || event.altKey || event.ctrlKey || event.metaKey) return;
    corners[n] = [corners[n][0] + by[0], corners[n][1] + by[1]];
    event.preventDefault();
    draw();
  });
});

inputs.forEach((pair, n) => pair.forEach((input, axis) => {
  input.addEventListener("input", () => {
    const number = Number(input.value);
    if (Number.isFinite(number)) corners[n][axis] = number;
    draw();
  });
}));
draw();
addEventListener("resize", draw);
