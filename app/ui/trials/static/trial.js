/* The page for trying models: prompts, one or two answers under the names of their models, no vote.
   It shares the frame and the view of the Arena page; the server keeps the conversation until it ends. */

import { post } from "./compare_api.js";
import { startIn } from "./ballot_page.js";
import { isForThePage } from "./compare_keys.js";
import { inSite } from "./site.js";
import { TalkPage } from "./talk_page.js";

const TOOL_KEYS = { x: "stop", a: "again", e: "new", "?": "help" };

class Trial extends TalkPage {
  constructor(root) {
    super(root, "/api/try", "/try");
  }

  listen() {
    super.listen();
    this.view.parts["model-b"].addEventListener("change", () => this.showPace());
  }

  press(event) {
    if (!isForThePage(event, this.view) || event.repeat) return;
    const key = event.key.toLowerCase();
    if (key !== "p" && !(key in TOOL_KEYS)) return;
    event.preventDefault();
    if (key === "p") this.view.parts.prompt.focus();
    else if (!this.view.tools[TOOL_KEYS[key]].hidden) this.use(TOOL_KEYS[key]);
  }

  /* --- what is on screen ------------------------------------------------------------------------------ */

  async open() {
    const { view } = this;
    this.follow(null);
    this.root.dataset.state = "loading";
    let state;
    try {
      state = await post("/api/try/state", {});
    } catch (error) {
      return this.showError(error);
    }
    view.parts.admin.hidden = view.parts.others.hidden = false;
    view.parts.progress.style.visibility = "hidden";
    if (state.models.length === 0) {
      this.root.dataset.state = "empty";
      return view.showMessage(view.text("none"), view.text("none_text"), [{ text: view.text("empty_admin"), href: inSite("/admin/") }]);
    }
    this.showModels(state.models);
    return this.show(state.conversation);
  }

  showModels(models) {
    const { parts } = this.view;
    const kept = [parts["model-a"].value, parts["model-b"].value];
    const makeOptions = () => models.map(({ id, name, on }) => new Option(on ? name : this.view.text("model_off", { name }), String(id)));
    parts["model-a"].replaceChildren(...makeOptions());
    parts["model-b"].replaceChildren(new Option(this.view.text("model_none"), ""), ...makeOptions());
    // A model that was chosen may have been switched off in the meantime.
    const isOffered = (value) => models.some(({ id }) => String(id) === value);
    parts["model-a"].value = isOffered(kept[0]) ? kept[0] : String(models[0].id);
    parts["model-b"].value = !kept[0] ? String(models[1]?.id ?? "") : isOffered(kept[1]) ? kept[1] : "";
    this.showPace();
  }

  showPace() {
    const { paced } = this.view.parts;
    paced.disabled = this.view.parts["model-b"].value === "";
    if (paced.disabled) paced.checked = false;
  }

  /** Show a conversation, or the beginning for null. */
  show(talk) {
    const { view } = this;
    this.talk = talk;
    view.showAlert("");
    view.parts.prompt.placeholder = view.text(talk ? "prompt_next" : "prompt_hint");
    view.parts.consent.hidden = talk !== null;
    if (talk === null) {
      view.showWelcome(null);
      this.enable({ ask: true });
      this.root.dataset.state = "welcome";
      view.parts.prompt.focus({ preventScroll: true });
      return;
    }
    const isWriting = talk.state === "writing";
    view.showTalk(talk);
    view.parts.panels.classList.toggle("is-alone", talk.models.length === 1);
    view.parts["right-panel"].hidden = talk.models.length === 1;
    for (const side of ["a", "b"]) view.parts[`facts-${side}`].textContent = this.factsOf(talk.turns.at(-1)[`facts_${side}`]);
    this.enable({ ask: talk.may_go_on, stop: isWriting, again: !isWriting, leave: !isWriting });
    this.root.dataset.state = talk.state;
    view.showLine(view.text(isWriting ? "waiting" : talk.may_go_on ? "ready" : "not_ready"));
    if (isWriting) this.follow(talk.token);
  }

  enable({ ask = false, stop = false, again = false, leave = false }) {
    const { parts, tools } = this.view;
    parts.ask.hidden = !ask;
    tools.stop.hidden = !stop;
    tools.again.hidden = !again;
    tools.new.hidden = !leave;
  }

  /** The numbers of an answer in words. */
  factsOf(facts) {
    if (!facts) return "";
    const { view } = this;
    const said = facts.cause ? [view.text(`cause_${facts.cause}`)] : [];
    if (facts.first_seconds !== null) said.push(view.text("facts_first", { seconds: facts.first_seconds.toFixed(1) }));
    if (facts.seconds !== null) said.push(view.text("facts_seconds", { seconds: facts.seconds.toFixed(1) }));
    if (facts.tokens !== null) said.push(view.text("facts_tokens", { tokens: facts.tokens }));
    if (facts.cost) said.push(view.text("facts_cost", { cost: facts.cost.toPrecision(2) }));
    return said.join(" · ");
  }

  /* --- what the person does --------------------------------------------------------------------------- */

  ask() {
    const { parts } = this.view;
    const prompt = parts.prompt.value;
    if (prompt.trim() === "" || (this.talk !== null && !this.talk.may_go_on)) return undefined;
    const then = (talk) => {
      parts.prompt.value = "";
      this.show(talk);
    };
    if (this.talk !== null) return this.send("/go-on", { token: this.talk.token, prompt }, then);
    const models = { model_a: Number(parts["model-a"].value), model_b: Number(parts["model-b"].value) || null };
    return this.send("/begin", { ...models, prompt, paced: parts.paced.checked }, then);
  }

  use(tool) {
    const { view, talk } = this;
    if (view.isDialogOpen()) return undefined;
    if (tool === "help") return view.showHelp();
    if (talk === null) return undefined;
    if (tool === "stop") return this.send("/stop", { token: talk.token }, () => {});
    if (tool === "again") return this.send("/again", { token: talk.token }, (again) => this.show(again));
    return this.send("/leave", { token: talk.token }, () => this.show(null));
  }

  showError(error) {
    const { view } = this;
    if (error.status !== 403) return super.showError(error);
    this.root.dataset.state = "error";
    return view.showMessage(view.text("not_allowed"), error.message, [{ text: view.text("other_kind"), href: inSite("/arena") }]);
  }
}

startIn("ev-trial", Trial);
