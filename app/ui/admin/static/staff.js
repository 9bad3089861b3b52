// The pages for admins: a place in Gradio's frame that our own HTML fills.
//
// [data-staff=NAME] is filled by the call NAME whenever it becomes visible, unless something is written in it. Buttons and forms with [data-call] send
// their values; replies hold HTML, a sentence, a question to confirm, or what is wrong at which field. Entries of a
// form with [data-draft] are kept in this browser until they are sent.

const DRAFTS = "evenhand.draft.";
const api = new URL("../api/staff/", document.baseURI);

const watcher = new ResizeObserver((entries) => {
  for (const { target } of entries) {
    const visible = target.getClientRects().length > 0 && target.offsetParent !== null;
    if (visible && target.dataset.seen !== "yes") load(target);
    target.dataset.seen = visible ? "yes" : "";
  }
});

function findPlaces() {
  for (const place of document.querySelectorAll("[data-staff]:not([data-watched])")) {
    place.dataset.watched = "yes";
    watcher.observe(place);
  }
}
new MutationObserver(findPlaces).observe(document.documentElement, { childList: true, subtree: true });
findPlaces();

async function load(place) {
  if (!isBeingWritten(place)) await send(place, place.dataset.staff, {}, null);
}

/** Whether filling a place again would lose entries: a draft, a control that was changed, or one in use. */
function isBeingWritten(place) {
  if (place.querySelector("form[data-draft]")) return true;
  const controls = [...place.querySelectorAll("input, select, textarea")];
  return controls.some((control) => control === document.activeElement || isChanged(control));
}

/** Take what a form holds as sent. */
function settle(form) {
  for (const control of form.elements) {
    if (control.type === "checkbox" || control.type === "radio") control.defaultChecked = control.checked;
    else if (control.localName === "select") for (const option of control.options) option.defaultSelected = option.selected;
    else if (control.type !== "file" && "defaultValue" in control) control.defaultValue = control.value;
  }
}

function isChanged(control) {
  if (control.type === "checkbox" || control.type === "radio") return control.checked !== control.defaultChecked;
  if (control.type === "file") return control.files.length > 0;
  if (control.localName !== "select") return control.value !== control.defaultValue;
  const chosen = [...control.options].findLastIndex((option) => option.defaultSelected);
  return control.selectedIndex !== (chosen < 0 && control.options.length > 0 ? 0 : chosen);
}

const offline = (place) =>
  document.documentElement.lang.startsWith("zh") ? place.dataset.offlineZh : place.dataset.offlineEn;

// --- calls ----------------------------------------------------------------------------------------------------

const turns = new WeakMap(); // the number of calls of each place

async function send(place, call, values, source) {
  const turn = (turns.get(place) ?? 0) + 1;
  turns.set(place, turn);
  const state = JSON.parse(place.dataset.state || "{}");
  const busy = source?.matches("button") ? source : source?.querySelector("[type=submit]");
  if (busy?.getAttribute("aria-busy") === "true") return;
  busy?.setAttribute("aria-busy", "true");
  let reply;
  try {
    const answer = await fetch(new URL(call, api), {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ ...state, ...values }),
    });
    reply = await answer.json();
    if (answer.status === 401) return void location.reload();
  } catch {
    reply = { problem: offline(place), field: "" };
  } finally {
    busy?.removeAttribute("aria-busy");
  }
  // the reader has gone on while the page was filled
  if (source === null && (turns.get(place) !== turn || isBeingWritten(place))) return;
  if (reply.confirm) {
    if (await confirmed(place, reply.confirm)) await send(place, call, { ...values, confirmed: true, agreed: reply.confirm.agreed }, source);
    else source?.focus?.();
    return;
  }
  if ("problem" in reply || "error" in reply) return void complain(place, source, reply);
  show(place, source, reply);
}

function show(place, source, reply) {
  if (reply.cleared) {
    const form = source?.closest("form[data-draft]") ?? place.querySelector("form[data-draft]");
    if (form) forget(form);
  }
  if (source?.matches("form")) settle(source);
  if (reply.state) place.dataset.state = JSON.stringify(reply.state);
  if (reply.html !== undefined) {
    const focused = document.activeElement?.id;
    fill(place, reply.html);
    for (const form of place.querySelectorAll("form[data-draft]")) restore(form);
    for (const form of place.querySelectorAll("form[data-steps]")) goTo(form, Number(form.dataset.at || 0), false);
    for (const form of place.querySelectorAll("form[data-live]:not([data-steps])")) preview(place, form, form.dataset.live);
    const target = (focused && document.getElementById(focused)) || null;
    if (target && place.contains(target) && !reply.focus) target.focus({ preventScroll: true });
    else if (source && !reply.focus) place.querySelector(".stf-said")?.focus({ preventScroll: true });
  }
  fillParts(reply);
  if (reply.said !== undefined || reply.html !== undefined) say(place, reply.said ?? "", "is-done");
  if (reply.focus) {
    const target = document.getElementById(reply.focus);
    if (!target) return;
    reveal(target);
    target.focus({ preventScroll: true });
    // a page made anew begins at the card that it is about
    const begins = reply.html !== undefined && target.matches(".ui-card");
    target.scrollIntoView({ block: begins ? "start" : "nearest" });
  }
}

/** Put content into an element; folds that are open stay open. */
function fill(element, html) {
  const open = [...element.querySelectorAll("details[data-keep][open]")].map((one) => one.dataset.keep);
  element.innerHTML = html;
  for (const one of element.querySelectorAll("details[data-keep]")) if (open.includes(one.dataset.keep)) one.open = true;
}

function fillParts(reply) {
  for (const [id, html] of Object.entries(reply.parts ?? {})) {
    const part = document.getElementById(id);
    if (part) fill(part, html);
  }
}

/** Open what hides an element: the folds around it, and the table of which only the first rows are shown. */
function reveal(element) {
  for (let fold = element.closest("details"); fold; fold = fold.parentElement.closest("details")) fold.open = true;
  const rest = element.closest(".ui-rest")?.closest(".ui-cut")?.querySelector(":scope > details");
  if (rest) rest.open = true;
}

function say(place, text, kind) {
  const line = place.querySelector(".stf-said");
  if (!line) return;
  line.className = `stf-said ${text ? `ui-note ${kind}` : ""}`;
  line.textContent = text;
  if (text) line.scrollIntoView({ block: "nearest" });
}

function complain(place, source, reply) {
  const form = source?.closest("form") ?? source;
  const text = reply.problem ?? reply.error;
  for (const old of form?.querySelectorAll?.("[data-error]") ?? []) mark(old, "");
  const field = reply.field && form?.querySelector?.(`[data-error="${CSS.escape(reply.field)}"]`);
  if (!field) return void say(place, text, "is-alert");
  mark(field, text);
  reveal(field);
  const step = field.closest("[data-step]");
  if (step && form.matches("[data-steps]")) goTo(form, steps(form).indexOf(step), false);
  const control = field.closest(".ui-field").querySelector("input, select, textarea");
  control?.focus();
  field.scrollIntoView({ block: "nearest" });
}

function mark(field, text) {
  field.textContent = text;
  const control = field.closest(".ui-field")?.querySelector("input, select, textarea");
  if (text) control?.setAttribute("aria-invalid", "true");
  else control?.removeAttribute("aria-invalid");
}

function confirmed(place, { title, text, ok, cancel, changes = [] }) {
  const dialog = document.createElement("dialog");
  dialog.className = "ev ui-card stf-dialog";
  dialog.setAttribute("aria-labelledby", "stf-dialog-title");
  const part = (tag, className, content) => {
    const element = document.createElement(tag);
    element.className = className;
    element.textContent = content;
    return element;
  };
  const heading = part("h2", "ui-title", title);
  heading.id = "stf-dialog-title";
  const body = document.createElement("div");
  if (changes.length) body.append(part("dl", "stf-facts", ""));
  for (const [what, old, now] of changes) {
    body.firstChild.append(part("dt", "", what), part("dd", "", old ? `${old} → ${now}` : now));
  }
  for (const line of text.split("\n").filter(Boolean)) body.append(part("p", "ui-lead", line));
  const buttons = part("div", "ui-row stf-buttons", "");
  const no = part("button", "ui-button", cancel);
  const yes = part("button", "ui-button is-primary", ok);
  buttons.append(no, yes);
  dialog.append(heading, body, buttons);
  place.append(dialog);
  return new Promise((resolve) => {
    no.addEventListener("click", () => dialog.close(""));
    yes.addEventListener("click", () => dialog.close("yes"));
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(dialog.returnValue === "yes");
    });
    dialog.showModal();
    no.focus();
  });
}

/** Go to a part of the page, with the focus; a form that is folded away opens at its first field. */
function jump(id) {
  const target = document.getElementById(id);
  if (!target) return;
  reveal(target);
  const field = target.matches("details") ? target.querySelector("input, select, textarea") : target;
  field.focus({ preventScroll: true });
  target.scrollIntoView({ block: "start" });
}

// The button that opens a form says whether it is open, and has the focus once the form is folded away.
document.addEventListener("toggle", ({ target }) => {
  if (!target.id) return;
  const opener = document.querySelector(`[data-jump="${CSS.escape(target.id)}"]`);
  opener?.setAttribute("aria-expanded", String(target.open));
  const { activeElement } = document;
  if (target.open || !(activeElement === document.body || target.contains(activeElement))) return;
  opener?.focus();
}, true);

function valuesOf(form) {
  const values = {};
  for (const control of form.elements) {
    if (!control.name || control.disabled || control.type === "file") continue;
    if (control.type === "checkbox") {
      values[control.name] ??= [];
      if (control.checked) values[control.name].push(control.value);
    } else if (control.type === "radio") {
      if (control.checked) values[control.name] = control.value;
    } else {
      values[control.name] = control.value;
    }
  }
  return values;
}

const sends = (element) => JSON.parse(element.dataset.sends || "{}");

document.addEventListener("click", (event) => {
  const source = event.target.closest("button:is([data-call], [data-go], [data-copy], [data-forget], [data-jump], [data-example])");
  const place = source?.closest("[data-staff]");
  if (!place) return;
  const form = source.closest("form");
  if (source.dataset.go !== undefined) goTo(form, placeOf(form, source.dataset.go), true);
  else if (source.dataset.forget !== undefined) startAgain(place, form, source);
  else if (source.dataset.copy !== undefined) copy(source);
  else if (source.dataset.jump !== undefined) jump(source.dataset.jump);
  else if (source.dataset.example !== undefined) fillExample(form, source);
  else send(place, source.dataset.call, { ...(form ? valuesOf(form) : {}), ...sends(source) }, source);
});

document.addEventListener("submit", (event) => {
  const form = event.target;
  const place = form.closest("[data-staff]");
  if (!place || !form.dataset.call) return;
  event.preventDefault();
  if (form.matches("[data-steps]") && !isLast(form)) return void goTo(form, at(form) + 1, true);
  if (form.querySelector("input[type=file]")) return void upload(place, form);
  send(place, form.dataset.call, { ...valuesOf(form), ...sends(form) }, form);
});

/** Write an example into the field above the button, by what raters do in the campaign. */
function fillExample(form, button) {
  const area = button.closest("details").querySelector("textarea");
  area.value = valuesOf(form).kind === "satisfaction" ? button.dataset.scores : button.dataset.example;
  area.dispatchEvent(new Event("input", { bubbles: true }));
  area.focus();
}

async function copy(button) {
  const field = document.getElementById(button.dataset.copy);
  field.select();
  try {
    await navigator.clipboard.writeText(field.value);
  } catch {
    document.execCommand("copy");
  }
  button.textContent = button.dataset.done;
}

// --- what is written: drafts, previews, filters -----------------------------------------------------------------

/** Take the built-in guidelines of the chosen kind of campaign where nobody has written others. */
function startText(form, kind) {
  const starts = JSON.parse(form.dataset.starts);
  const area = form.elements.guidelines;
  const same = (text) => text.trim() === area.value.trim();
  if (area.value.trim() === "" || Object.values(starts).some(same)) area.value = starts[kind];
}

/** Fill the fields that a ready-made choice stands for; a choice of one's own keeps what they hold. */
function fillChoice(form, control) {
  const values = JSON.parse(control.closest("[data-fills]").dataset.fills)[control.value] ?? {};
  for (const [name, value] of Object.entries(values)) form.elements[name].value = value;
  const known = form.querySelector("details:has([name=gold_rows])");
  if (known && Number(values.gold_share)) known.open = true;
}

let pending = 0;
let asked = 0;

document.addEventListener("input", (event) => {
  const control = event.target;
  const place = control.closest("[data-staff]");
  if (!place) return;
  if (control.dataset.filter !== undefined) return filter(place, control);
  const form = control.closest("form");
  const error = control.closest(".ui-field")?.querySelector("[data-error]");
  if (error?.textContent) mark(error, "");
  if (!form || !control.name) return;
  if (form.dataset.starts && control.name === "kind") startText(form, control.value);
  if (control.closest("[data-fills]")) fillChoice(form, control);
  if (form.dataset.draft) keep(form);
  const live = control.dataset.live || form.dataset.live;
  if (!live) return;
  clearTimeout(pending);
  pending = setTimeout(() => preview(place, form, live), 250);
});

async function preview(place, form, call) {
  const number = ++asked;
  const state = JSON.parse(place.dataset.state || "{}");
  const answer = await fetch(new URL(call, api), {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ ...state, ...valuesOf(form), ...sends(form) }),
  }).catch(() => null);
  const reply = answer && (await answer.json());
  if (number !== asked) return; // a later one is under way
  if (reply) fillParts(reply);
}

function filter(place, control) {
  const words = control.value.toLowerCase().split(/\s+/).filter(Boolean);
  const list = place.querySelector(control.dataset.filter);
  list.querySelector(".ui-cut")?.toggleAttribute("data-searching", words.length > 0);
  for (const row of list.querySelectorAll("tbody tr")) {
    const text = row.textContent.toLowerCase();
    row.hidden = !words.every((word) => text.includes(word));
  }
}

function keep(form) {
  const { at = "0", left, sends } = form.dataset;
  const kept = { values: valuesOf(form), at, left, sends };
  try {
    localStorage.setItem(DRAFTS + form.dataset.draft, JSON.stringify(kept));
  } catch { /* private windows may refuse */ }
}

function forget(form) {
  localStorage.removeItem(DRAFTS + form.dataset.draft);
}

function restore(form) {
  let kept = null;
  try {
    kept = JSON.parse(localStorage.getItem(DRAFTS + form.dataset.draft) || "null");
  } catch { /* not ours */ }
  const notice = form.querySelector("[data-restored]");
  if (notice) notice.hidden = !kept;
  if (!kept) return;
  for (const control of form.elements) {
    if (!(control.name in kept.values)) continue;
    const value = kept.values[control.name];
    if (control.type === "checkbox") control.checked = value.includes(control.value);
    else if (control.type === "radio") control.checked = value === control.value;
    else if (control.type !== "file") control.value = value;
  }
  form.dataset.at = kept.at;
  if (kept.left) form.dataset.left = kept.left;
  if (kept.sends) form.dataset.sends = kept.sends; // what the entries were made on, so that newer settings are noticed
}

async function startAgain(place, form, source) {
  forget(form);
  await send(place, source.dataset.forget, sends(form), source);
}

// --- forms in steps ---------------------------------------------------------------------------------------------

const steps = (form) => [...form.querySelectorAll("[data-step]")].filter((step) => applies(form, step));
const at = (form) => Math.min(Number(form.dataset.at || 0), steps(form).length - 1);
const isLast = (form) => at(form) === steps(form).length - 1;

function applies(form, step) {
  if (!step.dataset.when) return true;
  const [name, value] = step.dataset.when.split("=");
  return value.split("|").includes(valuesOf(form)[name]);
}

/** The place of a step that a button names: by its number, or by the key of the step. */
function placeOf(form, wanted) {
  const keyed = steps(form).findIndex((step) => step.dataset.key === wanted);
  return keyed < 0 ? Number(wanted) : keyed;
}

/** The names of the steps that were looked at and left again. */
const leftSteps = (form) => new Set(JSON.parse(form.dataset.left || "[]"));

function goTo(form, number, moves) {
  const all = steps(form);
  const wanted = Math.max(0, Math.min(number, all.length - 1));
  const left = leftSteps(form);
  if (moves) left.add(all[at(form)].dataset.step);
  left.delete(all[wanted].dataset.step);
  form.dataset.left = JSON.stringify([...left]);
  form.dataset.at = String(wanted);
  for (const step of form.querySelectorAll("[data-step]")) step.hidden = step !== all[wanted];
  const bar = form.querySelector("[data-stepper]");
  bar.replaceChildren(
    ...all.map((step, place) => {
      const item = document.createElement("li");
      const button = document.createElement("button");
      button.type = "button";
      button.className = "stf-step";
      button.dataset.go = String(place);
      const isDone = left.has(step.dataset.step);
      button.append(numberOf(place, isDone), nameOf(step));
      if (isDone) button.append(hidden(bar.dataset.done));
      if (place === wanted) button.setAttribute("aria-current", "step");
      item.append(button);
      return item;
    }),
  );
  form.querySelector(".stf-step-place").textContent = bar.dataset.place
    .replace("{n}", wanted + 1)
    .replace("{total}", all.length)
    .replace("{name}", () => all[wanted].dataset.step);
  const back = form.querySelector("[data-back]");
  back.hidden = wanted === 0;
  back.dataset.go = String(wanted - 1);
  form.querySelector("[data-next]").hidden = wanted === all.length - 1;
  form.querySelector("[data-finish]").hidden = wanted !== all.length - 1;
  if (form.dataset.draft && moves) keep(form);
  const place = form.closest("[data-staff]");
  if (form.dataset.live) preview(place, form, form.dataset.live);
  if (!moves) return;
  const heading = all[wanted].querySelector("h3");
  heading?.focus({ preventScroll: true });
  form.scrollIntoView({ block: "start" });
}

/** The circle of a step: its number, or a tick once it was left. */
function numberOf(place, isDone) {
  const circle = document.createElement("span");
  circle.textContent = isDone ? "✓" : String(place + 1);
  if (isDone) circle.className = "is-done";
  if (isDone) circle.setAttribute("aria-hidden", "true");
  return circle;
}

/** The name of a step, which a phone shows above the circles instead. */
function nameOf(step) {
  const element = document.createElement("span");
  element.className = "stf-step-name";
  element.textContent = step.dataset.step;
  return element;
}

/** A word for screen readers behind the name of a step. */
function hidden(word) {
  const element = document.createElement("span");
  element.className = "ui-hidden";
  element.textContent = ` (${word})`;
  return element;
}

// --- files: sent in pieces, because the server takes small requests ----------------------------------------------

const PIECE = 96 * 1024;

async function upload(place, form) {
  const file = form.querySelector("input[type=file]").files[0];
  const values = { ...valuesOf(form), ...sends(form) };
  if (!file) return void send(place, form.dataset.call, values, form);
  const meter = form.querySelector("progress");
  let name = "";
  for (let start = 0; start < Math.max(file.size, 1); start += PIECE) {
    const piece = await base64(file.slice(start, start + PIECE));
    const answer = await fetch(new URL(form.dataset.pieces, api), {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ upload: name, file: file.name, start, piece }),
    }).catch(() => null);
    const reply = answer ? await answer.json() : { problem: offline(place), field: "file" };
    if ("problem" in reply || "error" in reply) return void complain(place, form, { field: "file", ...reply });
    name = reply.state.upload;
    if (meter) {
      meter.hidden = false;
      meter.value = Math.min(1, (start + PIECE) / file.size);
    }
  }
  if (meter) meter.hidden = true;
  await send(place, form.dataset.call, { ...values, upload: name }, form);
}

function base64(blob) {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.addEventListener("load", () => resolve(String(reader.result).split(",")[1] ?? ""));
    reader.addEventListener("error", reject);
    reader.readAsDataURL(blob);
  });
}
