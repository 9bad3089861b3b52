/* What the Arena page and the page for trying models share: texts, the stream of answers, sending, errors.
   A page that extends it has `open()`, which asks the server for the state, and `show(talk)`. */

import { Refused, Unreachable, post } from "./compare_api.js";
import { LiveView } from "./live_view.js";
import { inSite } from "./site.js";

const GONE = ["conversation_changed", "unknown_conversation"];

export class TalkPage {
  /** @param {HTMLElement} root - the skeleton of the page
   *  @param {string} api - the path of its calls
   *  @param {string} page - the path of the page, to come back to after signing in */
  constructor(root, api, page) {
    this.root = root;
    this.api = api;
    this.signIn = inSite(`/login?next=${encodeURIComponent(page)}`);
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
      this.view.setTexts(await post(`${this.api}/texts`, {}));
    } catch (error) {
      if (error instanceof Refused && error.status === 401) window.location.assign(this.signIn);
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
    parts.language.addEventListener("click", () => this.switchLanguage());
    document.addEventListener("keydown", (event) => this.press(event));
    window.addEventListener("pageshow", (event) => event.persisted && this.open());
  }

  /** Follow the answers of a conversation that is being written; null to stop following. */
  follow(token) {
    this.source?.close();
    this.source = null;
    if (token === null) return;
    const source = new EventSource(inSite(`${this.api}/stream?token=${encodeURIComponent(token)}`));
    this.source = source;
    // A connection that broke begins again with everything that is shown so far.
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

  /** Send something; one thing at a time. */
  async send(path, body, then) {
    if (this.isBusy) return;
    this.isBusy = true;
    this.view.showAlert("");
    try {
      const reply = await post(`${this.api}${path}`, body);
      this.isBusy = false;
      await then(reply);
    } catch (error) {
      this.isBusy = false;
      if (!(error instanceof Refused || error instanceof Unreachable)) throw error;
      if (error.status === 401) return this.showError(error);
      if (GONE.includes(error.code)) await this.open();
      this.view.showAlert(error.message || this.view.text("offline"));
    }
    return undefined;
  }

  async switchLanguage() {
    const language = this.root.lang.startsWith("zh") ? "en" : "zh";
    await post("/api/language", { language });
    this.view.setTexts(await post(`${this.api}/texts`, {}));
    this.view.openMenu(false);
    await this.open();
  }

  showError(error, retry = () => this.open()) {
    const { view } = this;
    if (!(error instanceof Refused || error instanceof Unreachable)) throw error;
    this.root.dataset.state = "error";
    if (error.status === 401) view.showMessage(view.text("signed_out"), view.text("signed_out_text"), [{ text: view.text("sign_in"), href: this.signIn }]);
    else view.showMessage(view.text("failed"), error.message || view.text("offline"), [{ text: view.text("retry"), run: retry }]);
  }
}
