// The page of an explorer. At first it looks up what was computed before; when Python is awake, it asks Python.
import { screen } from "./view.js";

const SLOW = 1000; // milliseconds after which the page says that Python is computing
const TYPING = 700; // of rest, before what is written in the program is tried
const KEPT = "forward-and-backward: program";

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

const near = (values, to) =>
  values.reduce((a, b) => (Math.abs(Number(b) - Number(to)) < Math.abs(Number(a) - Number(to)) ? b : a));
/** Return the one of some values that a value is, or is nearest to, or else the start. */
const oneOf = ({ values, start }, value) =>
  values.includes(value) ? value : Number.isFinite(Number(value)) ? near(values, value) : start;

/** Return a number as Python reads it: a float has a point. */
const written = (value, whole) => (Number.isInteger(value) && !whole ? value.toFixed(1) : String(value));

/** A slider, over numbers with one to type beside it, or over a list of values with the present one beside it. */
function slider(id, changed, words) {
  const bar = element("input", { type: "range", id });
  const typed = element("input", { type: "number" });
  const shown = element("output", {});
  let of, value;
  const tell = () => {
    if (of.kind === "Range") {
      typed.value = bar.value = value;
      bar.removeAttribute("aria-valuetext");
    } else {
      bar.value = of.values.indexOf(value);
      shown.textContent = of.texts[bar.value];
      bar.setAttribute("aria-valuetext", shown.textContent);
    }
  };
  const set = (to) => {
    value = of.kind === "Range" ? Math.min(of.high, Math.max(of.low, Number(to))) : oneOf(of, to);
    tell();
  };
  bar.oninput = () => {
    value = of.kind === "Range" ? bar.valueAsNumber : of.values[bar.value];
    tell();
    changed();
  };
  typed.onchange = () => {
    if (Number.isFinite(typed.valueAsNumber)) set(typed.valueAsNumber);
    if (of.whole) value = bar.valueAsNumber; // the browser has rounded it
    tell();
    changed();
  };
  return {
    parts: [bar, typed, shown],
    get: () => (of.isArgument ? written(value, of.whole) : value),
    set,
    by: (change) => {
      set(of.kind === "Range" ? value + change * of.step : of.values[of.values.indexOf(value) + change] ?? value);
    },
    isLast: () => bar.value === bar.max,
    become(next) {
      of = next;
      const isRange = of.kind === "Range";
      [typed.hidden, shown.hidden] = [!isRange, isRange];
      const [min, max, step] = isRange ? [of.low, of.high, of.step] : [0, of.values.length - 1, 1];
      for (const input of [bar, typed]) Object.assign(input, { name: of.name, min, max, step });
      typed.name = "";
      if (!of.whole) typed.step = "any";
      if (isRange) typed.setAttribute("aria-label", words.typed.replace("{label}", of.label));
      set(value ?? of.start);
    },
  };
}

function list(id, changed) {
  const select = element("select", { id, onchange: () => { value = of.values[select.selectedIndex]; changed(); } });
  let of, value;
  const set = (to) => { value = oneOf(of, to); select.selectedIndex = of.values.indexOf(value); };
  return {
    parts: [select],
    get: () => value,
    set,
    become(next) {
      of = next;
      select.name = of.name;
      const texts = [...select.options].map((option) => option.textContent);
      if (texts.join("\n") !== of.texts.join("\n"))
        select.replaceChildren(...of.texts.map((textContent) => element("option", { textContent })));
      set(value ?? of.start);
    },
  };
}

function line(id, changed) {
  const input = element("input", { type: "text", id, spellcheck: false, autocomplete: "off", onchange: changed });
  return {
    parts: [input],
    get: () => input.value,
    set: (to) => { input.value = to; },
    become(of) { if (input.name !== of.name) Object.assign(input, { name: of.name, value: of.start }); },
  };
}

const KINDS = { slider, list, line };
const kindOf = ({ kind, ordered }) => (kind === "Line" ? "line" : kind === "Range" || ordered ? "slider" : "list");
let count = 0;

/** Make the controls in `home` those that are described. One that was there keeps its value, and its focus. */
function controls(home, changed, words) {
  const made = new Map();
  const at = { made, settings: () => Object.fromEntries([...made].map(([name, { get }]) => [name, get()])) };
  at.become = (descriptions) => {
    const rows = descriptions.map((of) => {
      const kind = kindOf(of);
      let control = made.get(of.name);
      const hadFocus = control?.row.contains(document.activeElement);
      if (control?.kind !== kind) {
        const id = `control-${(count += 1)}`;
        control = { kind, ...KINDS[kind](id, changed, words) };
        const label = element("label", { htmlFor: id, textContent: of.label });
        control.row = element("div", { className: `control ${kind}` }, label, ...control.parts);
        made.set(of.name, control);
      }
      control.become(of);
      control.row.hidden = of.values?.length === 1;
      return { row: control.row, focus: hadFocus && !control.row.contains(document.activeElement) ? control.parts[0] : null };
    });
    const names = descriptions.map(({ name }) => name);
    for (const name of [...made.keys()]) if (!names.includes(name)) made.delete(name);
    const now = rows.map(({ row }) => row);
    if (now.length !== home.children.length || now.some((row, k) => row !== home.children[k])) home.replaceChildren(...now);
    rows.forEach(({ focus }) => focus?.focus());
  };
  return at;
}

/** Python in a worker, which is asked for one page at a time: of what is asked meanwhile, the newest counts. */
function python(address, name, hear) {
  const worker = new Worker(new URL("./python.js", import.meta.url), { type: "module" });
  let [ready, busy, sent, wanted, timer] = [false, false, null, null, 0];
  const send = () => {
    if (!ready || busy || wanted === null) return;
    [busy, timer] = [true, setTimeout(() => hear({ slow: true }), SLOW)];
    worker.postMessage({ name, settings: JSON.stringify(wanted) });
    [sent, wanted] = [wanted, null];
  };
  worker.onerror = (event) => { event.preventDefault(); hear({ failed: event.message ?? "" }); };
  worker.onmessage = ({ data }) => {
    clearTimeout(timer);
    if ("ready" in data) ready = true;
    if ("answer" in data) busy = false;
    hear(data.answer ? { answer: JSON.parse(data.answer), asked: sent } : data);
    send();
  };
  const language = document.documentElement.lang.slice(0, 2);
  worker.postMessage({ address: new URL(address, import.meta.url).href, language });
  return {
    ask(settings) { wanted = settings; send(); },
    end() { clearTimeout(timer); worker.terminate(); },
  };
}

/** Keep the spaces at the begin of a line when a new one is begun. */
function indent(event) {
  if (event.key !== "Enter" || event.isComposing || event.shiftKey || event.ctrlKey || event.metaKey || event.altKey) return;
  const before = event.target.value.slice(0, event.target.selectionStart).split("\n").pop();
  const more = before.trimEnd().endsWith(":") ? "    " : "";
  event.preventDefault();
  document.execCommand("insertText", false, `\n${before.match(/^ */)[0]}${more}`); // it can be undone
}

/** The program that can be written: an editor, what is wrong with what stands in it, and a way back to the first. */
function writing(first, words, changed, reset) {
  const editor = element("textarea", { id: "program", value: first.program, rows: 9, spellcheck: false });
  editor.setAttribute("autocapitalize", "off");
  const problem = element("p", { className: "problem" });
  problem.setAttribute("role", "status");
  const back = element("button", { type: "button", textContent: words.first, onclick: reset });
  const tools = element("div", { className: "buttons" }, back, element("small", { textContent: words.kept }));
  const label = element("label", { htmlFor: "program", textContent: words.program });
  let typing;
  editor.onkeydown = (event) => editor.readOnly || indent(event);
  editor.oninput = () => { clearTimeout(typing); typing = setTimeout(changed, TYPING); };
  const at = { editor, problem, row: element("div", { className: "program" }, label, editor, problem, tools) };
  at.awake = (awake) => { [editor.readOnly, tools.hidden] = [!awake, !awake]; };
  at.awake(false);
  return at;
}

const remember = (what) => { try { localStorage.setItem(KEPT, JSON.stringify(what)); } catch { /* it keeps nothing */ } };
const remembered = () => { try { return JSON.parse(localStorage.getItem(KEPT)); } catch { return null; } };

async function open(root) {
  const words = JSON.parse(root.dataset.words ?? "{}"); // without them the page never wakes up
  const before = await read(root.dataset.frames);
  const ownNames = (descriptions) => descriptions.map((of) => ({ ...of, isArgument: true }));
  const button = (name, onclick) => element("button", { type: "button", textContent: before.buttons[name], onclick });

  const state = element("p", { className: "state", textContent: words.absent, tabIndex: -1 });
  state.setAttribute("role", "status");
  const [offers, buttons, card] = ["offers buttons", "buttons", ""].map((className) => element("div", { className }));
  const [lines, sliders] = [element("div", { className: "settings" }), element("div", { className: "settings" })];
  const show = screen(card);
  const set = controls(sliders, moved, words);
  const args = controls(lines, moved, words);
  const step = () => set.made.get("step");
  let session = null; // with Python, from when it is loaded
  let awake = false; // whether the controls are Python's
  let rested = words.awake; // what the page says when it waits for nothing
  let [playing, timer] = [false, 0];

  // A reader's program. What was stopped does not run again until it is changed; `good` is what was shown last.
  const first = before.settings;
  let [known, good, held, mine] = [{ ...first.arguments }, first, "", null];
  const own = first.program ? writing(first, words, moved, bringBack) : null;
  function program() {
    Object.assign(known, args.settings());
    return { program: own.editor.value, arguments: { ...known } };
  }
  /** Put a program into the editor; its arguments get their controls with the next answer. */
  function put(written) {
    own.editor.value = written.program;
    known = { ...written.arguments };
    args.made.clear();
  }
  function bringBack() {
    [good, held] = [first, ""];
    put(first);
    moved();
  }

  function settings() {
    if (!own) return set.settings();
    const now = program();
    return { ...(JSON.stringify(now) === held ? good : now), ...set.settings() };
  }
  function frame() {
    const values = { ...args.settings(), ...set.settings() };
    const all = [...before.arguments, ...before.controls];
    return before.frames[all.reduce((sum, of) => sum * of.values.length + of.values.indexOf(values[of.name]), 0)];
  }
  function draw(check = false) {
    if (awake) return session.ask({ ...settings(), check });
    show(frame().map((k) => before.tokens[k]).join(""));
    return drawn();
  }
  /** Take the next step after the pause, while Play is on. */
  function drawn() {
    clearTimeout(timer);
    if (playing && step().isLast()) halt();
    if (playing) timer = setTimeout(() => { step().by(1); draw(); }, +root.dataset.pause);
  }
  function halt() {
    [playing] = [false, clearTimeout(timer)];
    if (play) play.textContent = before.buttons.play;
  }
  function moved() {
    halt();
    if (own && awake) remember(program());
    draw();
  }

  let play, check;
  if (before.controls.some(({ name }) => name === "step")) {
    const go = (move) => () => { halt(); move(); draw(); };
    play = button("play", () => {
      if (playing) return halt();
      playing = true;
      play.textContent = before.buttons.pause;
      if (!step().isLast()) return drawn();
      step().set(0);
      return draw();
    });
    check = button("check", () => { halt(); draw(true); });
    check.hidden = true;
    const [back, forth] = [button("back", go(() => step().by(-1))), button("forth", go(() => step().by(1)))];
    buttons.append(back, forth, play, button("reset", go(() => step().set(0))), check);
  }

  const place = root.dataset.python;
  const where = place ? await fetch(place).then((answer) => answer.json()).catch(() => ({})) : {};
  function say(name, ...offered) {
    const text = (words[name] ?? name).replace("{size}", where.size);
    if (state.textContent !== text) state.textContent = text;
    if (offers.contains(document.activeElement)) state.focus();
    offers.replaceChildren(...offered);
  }
  const offer = (name, onclick) =>
    element("button", { type: "button", textContent: words[name].replace("{size}", where.size), onclick });
  const waking = () => offer("wake", wake);
  const stopping = () => offer("stop", () => {
    halt();
    held = JSON.stringify(program());
    session.end();
    wake("stopped");
  });

  function wake(why) {
    say(why === "stopped" ? why : "loading");
    session = python(where.address, root.dataset.explorer, ({ stage, ready, slow, answer, asked, failed }) => {
      if (stage && why !== "stopped") say(stage);
      if (ready && awake) say(rested = words.held);
      else if (ready) waken();
      if (slow) say("slow", ...(own ? [stopping()] : []));
      if (answer) answered(answer, asked);
      if (failed !== undefined) sleep(failed);
    });
  }
  /** Ask Python for the first time: with what was written the last time, if anything was. */
  function waken() {
    rested = words.awake;
    if (own) {
      const last = mine ?? remembered();
      const same = JSON.stringify(last) === JSON.stringify(program());
      if (last && !same) put(last);
      if (last && !same) rested = words["back again"];
      if (mine) [held, rested] = [JSON.stringify(program()), words.held];
      own.awake(true);
    }
    session.ask(settings());
  }
  function answered({ html, controls: ours, arguments: theirs, checks, problem }, asked) {
    if (ours) set.become(ours);
    if (theirs) args.become(ownNames(theirs));
    if (!awake && held) { // the controls are of what is shown, and the values of what is held
      for (const [name, control] of args.made) if (name in mine.arguments) control.set(mine.arguments[name]);
      held = JSON.stringify(program());
    }
    awake = true;
    if (check && checks !== undefined) check.hidden = !checks;
    if (own) own.problem.textContent = problem ? words.problem.replace("{problem}", () => problem) : "";
    say(rested);
    if (problem) return halt();
    if (own) good = { program: asked.program, arguments: asked.arguments };
    show(html);
    return drawn();
  }
  /** Go back to what was computed before. */
  function sleep(reason) {
    console.warn(reason);
    session.end();
    halt();
    if (own) {
      if (awake) mine = program();
      own.awake(false);
      own.editor.value = first.program;
      own.problem.textContent = "";
      good = first;
    }
    if (check) check.hidden = true;
    set.become(before.controls);
    args.become(ownNames(before.arguments));
    say(awake ? "died" : "failed", waking());
    awake = false;
    draw();
  }

  set.become(before.controls);
  args.become(ownNames(before.arguments));
  draw();
  root.replaceChildren(...[words.absent && state, offers, own?.row, lines, sliders, buttons, card].filter(Boolean));
  if (!where.address) return;
  if (navigator.connection?.saveData) say("saving", waking());
  else (window.requestIdleCallback ?? setTimeout)(() => wake());
}

for (const root of document.querySelectorAll("[data-frames]"))
  open(root).catch((error) => {
    root.append(element("p", { textContent: root.dataset.failed }));
    console.warn(error.message);
  });
