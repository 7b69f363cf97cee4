// An explorer without a kernel: every page that it can show was computed before, and is looked up.
import { screen } from "./view.js";

/** Read a file of frames: tokens, and each page as a list of places in them. */
async function read(address) {
  const answer = await fetch(address);
  if (!answer.ok) throw new Error(`${address}: ${answer.status}`);
  const plain = answer.body.pipeThrough(new DecompressionStream("gzip"));
  return new Response(plain).json();
}

function element(name, properties, ...children) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
}

/** Make one control: a slider over the values that were computed, or a list to choose from. */
function control({ name, label, values, start, isList }, changed) {
  if (isList) {
    const options = values.map((text, k) => element("option", { value: k, textContent: text, selected: k === start }));
    const list = element("select", { name, onchange: changed }, ...options);
    return { row: element("label", {}, label, list), at: () => list.selectedIndex, go: (k) => { list.selectedIndex = k; } };
  }
  const slider = element("input", { type: "range", name, min: 0, max: values.length - 1 });
  slider.value = start;
  const shown = element("output", {});
  const tell = () => {
    shown.textContent = values[+slider.value];
    slider.setAttribute("aria-valuetext", values[+slider.value]);
  };
  slider.oninput = () => { tell(); changed(); };
  tell();
  const row = element("label", {}, label, slider, shown);
  return { row, at: () => +slider.value, go: (k) => { slider.value = k; tell(); } };
}

async function wake(root) {
  const { controls, words, tokens, frames } = await read(root.dataset.frames);
  const home = element("div", {});
  const show = screen(home);
  const made = controls.map((of) => control(of, () => { halt(); draw(); }));
  const steps = controls.findIndex((of) => of.name === "step");
  let timer;
  function draw() {
    const place = made.reduce((sum, { at }, k) => sum * controls[k].values.length + at(), 0);
    show(frames[place].map((k) => tokens[k]).join(""));
  }
  const settings = element("div", { className: "settings" }, ...made.map(({ row }) => row));
  const buttons = element("div", { className: "buttons" });
  function halt() {
    clearInterval(timer);
    timer = undefined;
    if (buttons.children[2]) buttons.children[2].textContent = words.play;
  }
  if (steps >= 0) {
    const last = controls[steps].values.length - 1;
    const go = (k) => { made[steps].go(Math.max(0, Math.min(k, last))); draw(); };
    const by = (change) => () => { halt(); go(made[steps].at() + change); };
    const play = () => {
      if (timer) return halt();
      if (made[steps].at() === last) go(0);
      buttons.children[2].textContent = words.pause;
      timer = setInterval(() => { go(made[steps].at() + 1); if (made[steps].at() === last) halt(); }, +root.dataset.pause);
    };
    const acts = { back: by(-1), forth: by(1), play, reset: () => { halt(); go(0); } };
    for (const [name, onclick] of Object.entries(acts))
      buttons.append(element("button", { type: "button", textContent: words[name], onclick }));
  }
  draw();
  root.replaceChildren(settings, buttons, home);
}

for (const root of document.querySelectorAll("[data-frames]"))
  wake(root).catch((error) => {
    root.append(element("p", { textContent: root.dataset.failed }));
    console.warn(error.message);
  });
