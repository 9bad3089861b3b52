/* The page for trying models: prompts, one or two answers under the names of their models, no vote.
   It uses the view of the Arena page; the server keeps the conversation until it ends. */

import { Refused, Unreachable, post } from "./compare_api.js";
import { startIn } from "./ballot_page.js";
import { isForThePage } from "./compare_keys.js";
import { LiveView } from "./live_view.js";
import { inSite } from "./site.js";

const TOOL_KEYS = { x: "stop", a: "again", e: "new", "?": "help" };

class Trial {
  constructor(root) {
    this.root = root;
    this.view = new LiveView(root);
    this.talk = null;
    this.source = null;
    this.isBusy = false;
  }

  async start() {
    this.listen();
    await this.begin();
  }

  async begin() {
    try {
      this.view.setTexts(await post("/api/try/texts", {}));
    } catch (error) {
      if (error instanceof Refused && error.status === 401) window.location.assign(inSite("/login?next=%2Ftry"));
      else setTimeout(() => this.begin(), 3000);
      return;
    }
    await this.open();
  }

  listen() {
    const { parts, tools } = this.view;
    for (const [tool, button] of Object.entries(tools)) button.addEventListener("click", () => this.use(tool));
    parts.ask.addEventListener("submit", (event) => {
      event.preventDefault();
      this.ask();
    });
    parts.prompt.addEventListener("keydown", (event) => {
      if (event.key === "Escape") parts.main.focus();
      if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) return;
      event.preventDefault();
      this.ask();
    });
    parts["model-b"].addEventListener("change", () => this.showPace());
    parts.language.addEventListener("click", () => this.switchLanguage());
    document.addEventListener("keydown", (event) => this.press(event));
    window.addEventListener("pageshow", (event) => event.persisted && this.open());
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

  /** Follow the answers that are being written; null to stop following. */
  follow(token) {
    this.source?.close();
    this.source = null;
    if (token === null) return;
    const source = new EventSource(inSite(`/api/try/stream?token=${encodeURIComponent(token)}`));
    this.source = source;
    source.addEventListener("open", () => this.view.restartWriting());
    source.addEventListener("shown", (event) => this.showPieces(JSON.parse(event.data)));
    source.addEventListener("settled", (event) => {
      this.follow(null);
      this.show(JSON.parse(event.data));
    });
    source.addEventListener("error", () => {
      if (source.readyState === EventSource.CLOSED && this.source === source) setTimeout(() => this.source === source && this.open(), 2000);
    });
  }

  showPieces(pieces) {
    if (pieces.place > 0) this.view.showLine(this.view.text("queue", pieces));
    if (pieces.a || pieces.b) {
      this.view.write(pieces);
      this.view.showLine(this.view.text("writing"));
    }
  }

  /* --- what the person does --------------------------------------------------------------------------- */

  /** Send something; one thing at a time. */
  async send(path, body, then) {
    if (this.isBusy) return;
    this.isBusy = true;
    this.view.showAlert("");
    try {
      const reply = await post(`/api/try${path}`, body);
      this.isBusy = false;
      then(reply);
    } catch (error) {
      this.isBusy = false;
      if (!(error instanceof Refused || error instanceof Unreachable)) throw error;
      if (["conversation_changed", "unknown_conversation"].includes(error.code)) await this.open();
      if (error.status === 401) this.showError(error);
      else this.view.showAlert(error.message || this.view.text("offline"));
    }
  }

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

  async switchLanguage() {
    const language = this.root.lang.startsWith("zh") ? "en" : "zh";
    await post("/api/language", { language });
    this.view.setTexts(await post("/api/try/texts", {}));
    this.view.openMenu(false);
    await this.open();
  }

  showError(error) {
    const { view } = this;
    if (!(error instanceof Refused || error instanceof Unreachable)) throw error;
    this.root.dataset.state = "error";
    if (error.status === 401) view.showMessage(view.text("signed_out"), view.text("signed_out_text"), [{ text: view.text("sign_in"), href: inSite("/login?next=%2Ftry") }]);
    else if (error.status === 403) view.showMessage(view.text("not_allowed"), error.message, [{ text: view.text("other_kind"), href: inSite("/arena") }]);
    else view.showMessage(view.text("failed"), error.message || view.text("offline"), [{ text: view.text("retry"), run: () => this.open() }]);
  }
}

startIn("ev-trial", Trial);
