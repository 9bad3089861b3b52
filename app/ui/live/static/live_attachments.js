/* Images that a rater attaches to the next prompt: chosen, pasted or dropped, checked here and again on the server.
   What is attached survives a reload of the tab by the digests of the images; their bytes are only on the server. */

import { Refused, Unreachable, post, postFile } from "./compare_api.js";
import { read, write } from "./compare_memory.js";
import { make } from "./page_view.js";
import { inSite } from "./site.js";

const KEPT = "evenhand.attached";
const FORMATS = { "image/png": "PNG", "image/jpeg": "JPEG", "image/webp": "WebP" };

export class Attachments {
  /**
   * @param {import("./live_view.js").LiveView} view
   * @param {() => string | null} refusal - why no image can be attached now, as the key of a text; null if one can
   */
  constructor(view, refusal) {
    Object.assign(this, { view, refusal });
    this.images = [];
    this.items = new Map();
    this.limits = null;
    this.place = "";
    this.waiting = 0;
    const { parts } = view;
    parts.attach.addEventListener("click", () => this.choose());
    parts.file.addEventListener("change", () => {
      this.add([...parts.file.files]);
      parts.file.value = "";
    });
    document.addEventListener("paste", (event) => this.take(event, event.clipboardData));
    for (const name of ["dragenter", "dragover"]) view.root.addEventListener(name, (event) => this.hover(event));
    view.root.addEventListener("dragleave", (event) => event.relatedTarget || this.mark(false));
    view.root.addEventListener("drop", (event) => {
      this.mark(false);
      this.take(event, event.dataTransfer);
    });
  }

  /** What is sent with the prompt: the digests of the images, and what the rater says that they show. */
  get sent() {
    return {
      pictures: this.images.map(({ url }) => url.split("/").at(-1)),
      descriptions: this.images.map(({ said }) => said ?? ""),
    };
  }

  /** Show what is attached to the next prompt of a conversation, or of a campaign at its beginning. */
  show(limits, campaign, token) {
    this.limits = limits;
    this.campaign = campaign;
    this.place = token ?? `campaign-${campaign}`;
    this.images = read(sessionStorage, KEPT)[this.place] ?? [];
    this.tell("");
    const { parts } = this.view;
    const named = limits.types.map((type) => FORMATS[type]).join(this.view.root.lang.startsWith("zh") ? "、" : ", ");
    parts.attaching.hidden = this.refusal() !== null;
    parts.file.accept = limits.types.join(",");
    parts.limits.textContent = this.view.text("attach_limits", { formats: named, ...this.numbers() });
    this.draw();
  }

  numbers() {
    return { most: this.limits.most, size: Math.floor(this.limits.bytes / 1e6) };
  }

  choose() {
    const why = this.refusal();
    if (why === null) this.view.parts.file.click();
    else this.view.showAlert(this.view.text(why));
  }

  /** Attach the files of a paste or a drop; other pastes stay what they are. */
  take(event, carried) {
    const files = [...(carried?.files ?? [])];
    if (files.length === 0 || this.view.parts.ask.hidden || this.view.isDialogOpen()) return;
    event.preventDefault();
    const why = this.refusal();
    if (why === null) this.add(files);
    else this.view.showAlert(this.view.text(why));
  }

  hover(event) {
    if (![...(event.dataTransfer?.types ?? [])].includes("Files")) return;
    event.preventDefault();
    this.mark(!this.view.parts.ask.hidden);
  }

  mark(isOver) {
    this.view.parts.ask.classList.toggle("is-over", isOver);
  }

  /** Say beside the images what is wrong; empty for nothing. */
  tell(text) {
    this.view.showAlert("");
    this.view.parts["attach-error"].textContent = text;
  }

  /** Send files to the server one after the other; each that cannot be taken is named with the reason. */
  async add(files) {
    const { view, place } = this;
    const refused = [];
    this.tell("");
    for (const file of files) {
      const why = this.fault(file);
      if (why) {
        refused.push(why);
        if (this.images.length + this.waiting >= this.limits.most) break;
        continue;
      }
      this.waiting += 1;
      this.draw();
      try {
        const image = await postFile(`/api/live/picture?campaign=${this.campaign}`, file);
        this.keep(place, image);
      } catch (error) {
        if (!(error instanceof Refused || error instanceof Unreachable)) throw error;
        refused.push(view.text("attach_refused", { name: file.name, why: error.message || view.text("offline") }));
      } finally {
        this.waiting -= 1;
        this.draw();
      }
    }
    if (refused.length) this.tell(refused.join(" "));
    else view.showStatus(view.text("attach_count", { number: this.images.length }), { quiet: true });
  }

  /** What is wrong with a file, in a sentence; empty if nothing is. */
  fault(file) {
    const say = (key) => this.view.text(key, { name: file.name, ...this.numbers() });
    if (!this.limits.types.includes(file.type)) return say("attach_not_image");
    if (file.size > this.limits.bytes) return say("attach_too_large");
    return this.images.length + this.waiting >= this.limits.most ? say("attach_too_many") : "";
  }

  /** Keep an image for the prompt it was attached to, which may no longer be on screen. */
  keep(place, image) {
    const kept = read(sessionStorage, KEPT);
    const there = kept[place] ?? [];
    const all = there.some(({ url }) => url === image.url) ? there : [...there, image];
    write(sessionStorage, KEPT, { ...kept, [place]: all });
    if (place === this.place) this.images = all;
  }

  /** Take an image out again; the server deletes it. */
  remove(index) {
    const [image] = this.images.splice(index, 1);
    this.store();
    this.draw();
    post("/api/live/forget-picture", { picture: image.url.split("/").at(-1) }).catch(() => {});
    const next = this.view.parts.attached.querySelectorAll("button")[Math.min(index, this.images.length - 1)];
    (next ?? this.view.parts.attach).focus();
  }

  /** Forget what was attached, because the prompt is sent. */
  clear() {
    this.images = [];
    this.store();
    this.draw();
  }

  store() {
    write(sessionStorage, KEPT, { ...read(sessionStorage, KEPT), [this.place]: this.images });
  }

  /** Show what is attached; an image that is shown already keeps its element, so that nothing is loaded again. */
  draw() {
    const { parts } = this.view;
    const waiting = Array.from({ length: this.waiting }, () => make("li", { class: "lv-waiting", "aria-busy": "true" }, this.view.text("attach_waiting")));
    parts.attached.hidden = this.images.length + this.waiting === 0;
    this.items = new Map(this.images.map((image) => [image.url, this.items.get(image.url) ?? this.makeItem(image)]));
    [...this.items.values()].forEach((item, index) => this.nameItem(item, index));
    const wanted = [...this.items.values(), ...waiting];
    for (const shown of [...parts.attached.children]) if (!wanted.includes(shown)) shown.remove();
    wanted.forEach((item, index) => {
      if (parts.attached.children[index] !== item) parts.attached.insertBefore(item, parts.attached.children[index] ?? null);
    });
  }

  makeItem({ url, width, height }) {
    const item = make("li");
    const image = make("img", { width, height });
    const button = make("button", { type: "button" }, "×");
    const said = make("input", { class: "ui-input", type: "text", maxlength: this.limits.longest, placeholder: this.view.text("attach_describe") });
    image.addEventListener("error", () => this.check(url));
    image.src = inSite(url);
    button.addEventListener("click", () => this.remove(this.images.findIndex((one) => one.url === url)));
    said.value = this.images.find((one) => one.url === url)?.said ?? "";
    said.addEventListener("input", () => this.describe(url, said.value));
    said.addEventListener("keydown", (event) => this.leave(event));
    item.append(image, button, said);
    return item;
  }

  /** Keep what the rater says that an image shows, also over a reload. */
  describe(url, said) {
    const image = this.images.find((one) => one.url === url);
    if (!image) return;
    image.said = said;
    this.store();
    this.items.get(url).querySelector("img").alt = said || this.nameOf(this.images.indexOf(image));
  }

  /** Enter goes to the next description, then to the prompt, and sends nothing; Escape leaves the fields. */
  leave(event) {
    if (event.isComposing || !["Enter", "Escape"].includes(event.key)) return;
    event.preventDefault();
    const fields = [...this.view.parts.attached.querySelectorAll("input")];
    const next = fields[fields.indexOf(event.target) + 1] ?? this.view.parts.prompt;
    (event.key === "Enter" ? next : this.view.parts.main).focus();
  }

  nameOf(index) {
    return this.view.text("attach_name", { number: index + 1 });
  }

  nameItem(item, index) {
    const name = this.nameOf(index);
    item.querySelector("img").alt = this.images[index].said || name;
    item.querySelector("input").setAttribute("aria-label", this.view.text("attach_description", { name }));
    item.querySelector("button").setAttribute("aria-label", this.view.text("attach_remove", { name }));
  }

  /** Find out why an image did not come; it is dropped only if the server says that it is gone. */
  async check(url) {
    try {
      const { status } = await fetch(inSite(url), { method: "HEAD", credentials: "same-origin" });
      if (status !== 410 && status !== 404) return;
      // Who is signed out sees no image at all, but may sign in again and send it.
      if (status === 404) await post("/api/live/texts", {});
    } catch {
      return;
    }
    this.lose(url);
  }

  /** Drop an image that is no longer on the server, for example because it was removed in another tab. */
  lose(url) {
    if (!this.images.some((image) => image.url === url)) return;
    this.images = this.images.filter((image) => image.url !== url);
    this.store();
    this.draw();
    this.tell(this.view.text("attach_lost"));
  }
}
