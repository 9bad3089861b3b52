// The list of samples: filtered by state, task, model and words; texts enter as text only, never as markup.
"use strict";
const data = JSON.parse(document.getElementById("samples").textContent);
const PAGE = 50;
const chosen = { states: new Set(), task: "", model: "", words: "", page: 0 };
let language = document.documentElement.lang;
const say = (key, values = {}) =>
  (data.texts[language][key] || key).replace(/\{(\w+)\}/g, (whole, name) => (name in values ? values[name] : whole));

function make(tag, className, text) {
  const node = document.createElement(tag);
  if (className) node.className = className;
  if (text !== undefined) node.textContent = text;
  return node;
}

function passes(one, states = chosen.states) {
  const words = chosen.words;
  return (
    (!states.size || states.has(one.state)) &&
    (!chosen.task || one.task === chosen.task) &&
    (!chosen.model || one.model === chosen.model) &&
    (!words || `${one.item}\n${one.prompt}\n${one.output}`.toLowerCase().includes(words))
  );
}

const stateButtons = new Map(data.states.map((state) => [state, stateButton(state)]));
document.getElementById("states").append(...stateButtons.values());

function stateButton(state) {
  const button = make("button", "s-state");
  button.type = "button";
  button.dataset.state = state;
  button.addEventListener("click", () => {
    if (!chosen.states.delete(state)) chosen.states.add(state);
    chosen.page = 0;
    show();
  });
  return button;
}

function showStates() {
  for (const [state, button] of stateButtons) {
    const count = data.samples.filter((one) => one.state === state && passes(one, new Set())).length;
    button.textContent = `${say(`samples_state_${state}`)} ${count}`;
    button.setAttribute("aria-pressed", String(chosen.states.has(state)));
  }
}

function text(heading, content) {
  const part = make("section", "s-text");
  part.append(make("h2", "", heading));
  const body = make("pre", "", content || say("samples_empty"));
  body.dir = "auto";
  body.tabIndex = 0;
  part.append(body);
  return part;
}

function card(one) {
  const node = make("details", "s-card");
  const head = make("summary");
  head.append(make("span", `s-badge is-${one.state}`, say(`samples_state_${one.state}`)));
  head.append(make("strong", "", `${one.task} / ${one.item}`));
  if (data.models.length > 1) head.append(make("span", "s-soft", one.model));
  const read = make("span", "s-soft", `${say("samples_accepted")} ${one.gold.join(" | ")}`);
  read.dir = "auto";
  head.append(read);
  node.append(head);
  node.addEventListener("toggle", () => {
    if (!node.open || node.children.length > 1) return;
    const by = one.grader ? say("samples_by_grader", { name: one.grader }) : say("samples_by_rules");
    const score = one.score === null ? "–" : one.score;
    node.append(make("p", "s-soft", say("samples_facts", { score, by, extracted: one.extracted ?? "–" })));
    node.append(text(say("samples_prompt"), one.prompt), text(say("samples_output"), one.output));
    if (one.reply) node.append(text(say("samples_reply"), one.reply));
    if (one.cause) node.append(text(say("samples_cause"), one.cause[language]));
  });
  return node;
}

function show() {
  document.documentElement.lang = language;
  for (const node of document.querySelectorAll("[data-say]")) node.textContent = say(node.dataset.say);
  document.title = `${say("samples_title")} – Evenhand`;
  showStates();
  const found = data.samples.filter((one) => passes(one));
  const pages = Math.max(1, Math.ceil(found.length / PAGE));
  chosen.page = Math.min(chosen.page, pages - 1);
  const from = chosen.page * PAGE;
  const list = document.getElementById("list");
  list.replaceChildren(...found.slice(from, from + PAGE).map(card));
  const to = Math.min(found.length, from + PAGE);
  const range = found.length ? say("samples_range", { from: from + 1, to, all: found.length }) : say("samples_none");
  document.getElementById("range").textContent = range;
  document.getElementById("back").disabled = chosen.page === 0;
  document.getElementById("forward").disabled = chosen.page >= pages - 1;
}

function choose(id, names, field) {
  const select = document.getElementById(id);
  for (const name of names) {
    const option = make("option", "", name);
    option.value = name;
    select.append(option);
  }
  select.addEventListener("change", () => {
    chosen[field] = select.value;
    chosen.page = 0;
    show();
  });
}

choose("task", data.tasks, "task");
choose("model", data.models, "model");
document.getElementById("words").addEventListener("input", (event) => {
  chosen.words = event.target.value.trim().toLowerCase();
  chosen.page = 0;
  show();
});
document.getElementById("back").addEventListener("click", () => { chosen.page -= 1; show(); });
document.getElementById("forward").addEventListener("click", () => { chosen.page += 1; show(); });
document.getElementById("language").addEventListener("click", () => { language = language === "en" ? "zh" : "en"; show(); });
show();
