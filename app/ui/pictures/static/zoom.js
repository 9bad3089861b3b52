/* The view that enlarges the images of a page, one at a time. It is a modal dialog, so the browser keeps the focus in
   it, closes it on Escape and gives the focus back to what had it. Nothing in it moves by itself. */

const LEVELS = [1, 1.5, 2, 3, 4, 6, 8, 12, 16];
/** How much a small image is enlarged to fill the view. */
const MOST_FIT = 4;
const CLICKED_LEVEL = 3;
const EDGE = 4;

export class Zoom {
  /**
   * @param {import("./page_view.js").PageView} view - its parts include those of the dialog
   * @param {() => string} key - the key that opens the view, and closes it
   */
  constructor(view, key = () => "z") {
    Object.assign(this, { view, key });
    this.boxes = [];
    this.at = 0;
    this.level = 0;
    const { parts } = view;
    this.dialog = parts["zoom-dialog"];
    this.stage = parts["zoom-stage"];
    this.image = parts["zoom-image"];
    view.root.addEventListener("click", (event) => this.openClicked(event.target.closest?.("button.ev-picture")));
    this.image.addEventListener("click", (event) => this.magnifyAt(event));
    this.dialog.addEventListener("keydown", (event) => this.press(event));
    parts["zoom-in"].addEventListener("click", () => this.magnify(1));
    parts["zoom-out"].addEventListener("click", () => this.magnify(-1));
    parts["zoom-previous"].addEventListener("click", () => this.move(-1));
    parts["zoom-next"].addEventListener("click", () => this.move(1));
    new ResizeObserver(() => this.dialog.open && this.draw()).observe(this.stage);
  }

  openClicked(box) {
    if (!box || box.classList.contains("is-gone")) return;
    const image = box.querySelector("img");
    // An image that did not come is asked for again.
    if (box.classList.contains("is-failed")) image.src = image.src; // eslint-disable-line no-self-assign
    else this.open(box);
  }

  /** Open the view with an image, or with the first one on the page; returns whether there is one. */
  open(box = null) {
    const boxes = [...this.view.root.querySelectorAll("button.ev-picture:not(.is-failed)")];
    this.boxes = boxes.filter((one) => one.checkVisibility?.() !== false);
    if (this.boxes.length === 0 || this.view.isDialogOpen()) return false;
    const opener = document.activeElement;
    this.dialog.addEventListener("close", () => opener?.isConnected && opener.focus({ preventScroll: true }), { once: true });
    this.dialog.showModal();
    this.show(Math.max(0, this.boxes.indexOf(box)));
    this.stage.focus({ preventScroll: true });
    return true;
  }

  show(at) {
    const { parts } = this.view;
    this.at = at;
    this.level = 0;
    const box = this.boxes[at];
    const shown = box.querySelector("img");
    this.image.src = shown.src;
    this.image.alt = shown.alt;
    parts["zoom-title"].textContent = box.dataset.place;
    const described = shown.alt === box.dataset.place ? "" : shown.alt;
    parts["zoom-text"].textContent = described;
    parts["zoom-text"].hidden = described === "";
    for (const name of ["zoom-previous", "zoom-next"]) parts[name].hidden = this.boxes.length < 2;
    this.draw();
  }

  /** Size the image: whole in the view at first. */
  draw() {
    const { width, height } = this.boxes[this.at].dataset;
    const fit = Math.min((this.stage.clientWidth - EDGE) / width, (this.stage.clientHeight - EDGE) / height, MOST_FIT);
    const scale = Math.max(fit, 0.01) * LEVELS[this.level];
    this.image.style.width = `${width * scale}px`;
    this.image.style.height = `${height * scale}px`;
    this.stage.classList.toggle("is-large", this.level > 0);
    const { parts } = this.view;
    parts["zoom-out"].setAttribute("aria-disabled", String(this.level === 0));
    parts["zoom-in"].setAttribute("aria-disabled", String(this.level === LEVELS.length - 1));
  }

  magnify(by) {
    this.magnifyTo(this.level + by, 0.5, 0.5);
  }

  /** Enlarge the image at the point of a click, or show it whole again. */
  magnifyAt(event) {
    const box = this.image.getBoundingClientRect();
    const level = this.level > 0 ? 0 : CLICKED_LEVEL;
    this.magnifyTo(level, (event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height);
  }

  magnifyTo(level, x, y) {
    this.level = Math.min(LEVELS.length - 1, Math.max(0, level));
    this.draw();
    const { stage, image } = this;
    stage.scrollLeft = x * image.offsetWidth - stage.clientWidth / 2;
    stage.scrollTop = y * image.offsetHeight - stage.clientHeight / 2;
  }

  move(by) {
    this.show((this.at + by + this.boxes.length) % this.boxes.length);
  }

  press(event) {
    if (event.ctrlKey || event.altKey || event.metaKey || event.isComposing) return;
    const isWhole = this.level === 0;
    const doing = {
      "+": () => this.magnify(1),
      "=": () => this.magnify(1),
      "-": () => this.magnify(-1),
      0: () => this.magnifyTo(0, 0.5, 0.5),
      arrowleft: isWhole && (() => this.move(-1)),
      arrowright: isWhole && (() => this.move(1)),
      [this.key()]: !event.repeat && (() => this.dialog.close()),
    }[event.key.toLowerCase()];
    if (!doing) return;
    event.preventDefault();
    event.stopPropagation();
    doing();
  }
}
