// Covers the screen after ten minutes without a key or a movement; the server lets nothing through before the password.

const AFTER = 10 * 60 * 1000;
const form = document.querySelector("form[data-lock]");
let timer = 0;

function again() {
  clearTimeout(timer);
  timer = setTimeout(() => form.requestSubmit(), AFTER);
}

if (form) {
  for (const name of ["keydown", "pointerdown", "pointermove", "wheel"]) addEventListener(name, again, { passive: true });
  again();
}
