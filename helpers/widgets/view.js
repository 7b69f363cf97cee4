// The page of an explorer, in a notebook and in the stepper's file: shows HTML, says its words, asks for the next step.

/** Make `old` like `fresh` and keep its nodes: what has the focus keeps it, and nothing flickers. */
export function morph(old, fresh) {
  if (old.isEqualNode(fresh)) return; // most of the page, and the browser compares far faster than a script walks
  if (old.nodeName !== fresh.nodeName) {
    old.replaceWith(fresh);
  } else if (old.nodeType === Node.TEXT_NODE) {
    if (old.data !== fresh.data) old.data = fresh.data;
  } else if (old.nodeType === Node.ELEMENT_NODE) {
    for (const { name } of [...old.attributes]) if (!fresh.hasAttribute(name)) old.removeAttribute(name);
    for (const { name, value } of fresh.attributes)
      if (old.getAttribute(name) !== value) old.setAttribute(name, value);
    const [before, after] = [[...old.childNodes], [...fresh.childNodes]];
    after.forEach((node, k) => (before[k] ? morph(before[k], node) : old.append(node)));
    before.slice(after.length).forEach((node) => node.remove());
  }
}

/** Scroll the box of a tall picture, if need be, so that what is lit stands in its middle: the box, and not the page. */
function keepInSight(el) {
  for (const lit of el.querySelectorAll(".tall .lit")) {
    const box = lit.closest(".tall");
    const [inner, outer] = [lit.getBoundingClientRect(), box.getBoundingClientRect()];
    if (inner.top < outer.top || inner.bottom > outer.bottom)
      box.scrollTop += (inner.top + inner.bottom - outer.top - outer.bottom) / 2;
    if (inner.left < outer.left || inner.right > outer.right)
      box.scrollLeft += (inner.left + inner.right - outer.left - outer.right) / 2;
  }
}

/** Return a function that shows HTML in `el`, and has its words said when they have come to rest. */
export function screen(el) {
  const [card, said] = [document.createElement("div"), document.createElement("p")];
  said.className = "said";
  said.setAttribute("aria-live", "polite");
  el.append(card, said);
  let timer, waiting;
  const say = () => {
    clearTimeout(timer);
    const words = card.querySelector(".words")?.textContent ?? "";
    if (said.textContent !== words) said.textContent = words;
    waiting = undefined;
  };
  return (html) => {
    const page = document.createElement("template");
    page.innerHTML = `<div class="card">${html}</div>`;
    morph(card, page.content.firstChild);
    keepInSight(card);
    clearTimeout(timer);
    waiting ??= performance.now(); // while something moves on and on, it is said every few seconds
    if (performance.now() - waiting > 4000) say();
    else timer = setTimeout(say, 500);
  };
}

/** Give each control of an explorer the name that stands beside it, and its keys: JupyterLab would take some of them. */
function name(explorer, typed) {
  for (const control of explorer.querySelectorAll(".noUi-handle, .widget-readout, select, input, button"))
    control.setAttribute("data-lm-suppress-shortcuts", "true"); // on what has the focus: around it, it does nothing
  for (const slider of explorer.querySelectorAll(".widget-slider")) {
    const label = slider.querySelector(".widget-label")?.textContent;
    const handle = slider.querySelector(".noUi-handle");
    handle.setAttribute("aria-label", label);
    const readout = slider.querySelector(".widget-readout");
    if (slider.classList.contains("of-a-list")) {
      readout.removeAttribute("contenteditable"); // it would take a text, and do nothing
    } else {
      readout.setAttribute("aria-label", typed.replace("{label}", label));
      readout.setAttribute("role", "textbox");
    }
    const tell = () => {
      // A slider over a list says the place in the list, which means nothing to anyone.
      if (handle.getAttribute("aria-valuetext") !== readout.textContent)
        handle.setAttribute("aria-valuetext", readout.textContent);
    };
    const watch = new MutationObserver(tell);
    watch.observe(handle, { attributeFilter: ["aria-valuetext"] });
    watch.observe(readout, { childList: true, characterData: true, subtree: true });
    tell();
  }
}

/** Call `done` with the explorer around `el` once all its `count` controls are there; without an explorer, never. */
function whenComplete(el, count, done) {
  const seek = () => {
    if (explorer.querySelectorAll(".controls :is(.noUi-handle, select, button, .widget-text input)").length < count) return;
    arrivals.disconnect();
    done(explorer);
  };
  let explorer;
  const arrivals = new MutationObserver(seek);
  const arrival = new ResizeObserver(() => {
    if (!el.isConnected) return; // it comes again when the page has it, and so gives it a size
    arrival.disconnect();
    explorer = el.closest(".explorer");
    if (!explorer) return;
    arrivals.observe(explorer, { childList: true, subtree: true });
    seek();
  });
  arrival.observe(el);
  return () => [arrival, arrivals].forEach((observer) => observer.disconnect());
}

function render({ model, el }) {
  const show = screen(el);
  let timer;
  const update = () => show(model.get("html"));
  // There may be other views, in other cells and windows. Each waits and says what for: the first is heard.
  const wait = () => {
    clearTimeout(timer);
    const turn = model.get("turn");
    if (model.get("playing")) timer = setTimeout(() => model.send({ turn }), model.get("pause"));
  };
  model.on("change:html", update);
  model.on("change:turn", wait);
  update();
  wait();
  const forget = whenComplete(el, model.get("controls"), (explorer) => {
    explorer.lang = model.get("language");
    name(explorer, model.get("typed"));
    keepInSight(el);
  });
  return () => {
    clearTimeout(timer);
    forget();
    model.off("change:html", update);
    model.off("change:turn", wait);
  };
}

export default { render };
