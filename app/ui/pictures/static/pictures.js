/* Images of questions, prompts and responses. Each stands in a box whose size is known before the image arrives, so
   nothing moves while it loads; all boxes of a page follow the same rule, whoever the image comes from. */

import { make } from "./page_view.js";
import { inSite } from "./site.js";

/** The widest and the tallest box, as width by height; an image beyond them is shown whole, but small, within. */
const WIDEST = 3;
const TALLEST = 0.45;
const MOST_THUMBNAILS = 3;

/**
 * An image as the server describes it. `turn`: the place of its turn in the text beside it; `gone`: it was deleted.
 * @typedef {{url: string, alt: string, width: number, height: number, turn: number, gone: boolean}} Picture
 */

export class Pictures {
  /** @param {(key: string, fields?: object) => string} text - the texts of the page */
  constructor(text) {
    this.text = text;
  }

  /** Fill a strip with images, or hide it. `of`: what they belong to, in words. */
  fill(strip, pictures, of) {
    strip.hidden = pictures.length === 0;
    strip.setAttribute("aria-label", this.text("pictures_of", { place: of }));
    strip.replaceChildren(...this.boxes(pictures, of));
    strip.scrollLeft = 0;
  }

  /** Put images below the turns of a text to which they belong. */
  place(element, pictures, of) {
    const turns = [...element.querySelectorAll(":scope > .turn")];
    const boxes = this.boxes(pictures, of);
    pictures.forEach(({ turn }, index) => (turns[turn] ?? element).append(boxes[index]));
  }

  boxes(pictures, of) {
    return pictures.map((picture, index) => this.box(picture, of, index + 1, pictures.length));
  }

  box({ url, alt, width, height, gone }, of, number, total) {
    const place = this.text("picture_place", { place: of, number, total });
    if (gone) return make("p", { class: "ev-picture is-gone" }, this.text("picture_gone"));
    const box = make("button", { type: "button", class: "ev-picture", "aria-haspopup": "dialog", title: this.text("picture_enlarge") });
    Object.assign(box.dataset, { place, width, height });
    box.style.setProperty("--ev-shape", String(Math.min(WIDEST, Math.max(TALLEST, width / height))));
    box.style.setProperty("--ev-width", `${width}px`);
    box.style.setProperty("--ev-height", `${height}px`);
    const image = make("img", { alt: alt || place, width, height, decoding: "async", draggable: "false" });
    image.addEventListener("error", () => this.fail(box, image));
    image.addEventListener("load", () => box.classList.remove("is-failed"));
    image.src = inSite(url);
    box.append(image);
    return box;
  }

  /** Say in the box that its image did not come; a click asks for it again. */
  async fail(box, image) {
    let isGone = false;
    try {
      isGone = (await fetch(image.src, { method: "HEAD", credentials: "same-origin" })).status === 410;
    } catch {
      // The server is out of reach: the image may come later.
    }
    box.querySelector("span")?.remove();
    box.classList.add("is-failed");
    box.classList.toggle("is-gone", isGone);
    box.append(make("span", {}, this.text(isGone ? "picture_gone" : "picture_failed")));
  }

  /** Small images for a line of a list. */
  thumbnails(pictures) {
    return pictures.filter(({ gone }) => !gone).slice(0, MOST_THUMBNAILS).map(({ url, alt, width, height }) => {
      const image = make("img", { class: "ev-thumbnail", alt, width, height, loading: "lazy", decoding: "async" });
      image.addEventListener("error", () => image.remove());
      image.src = inSite(url);
      return image;
    });
  }
}

/** All images of a ballot: those of the question, and those of each response in the order shown. */
export function picturesOf(ballot) {
  const responses = ballot.response_pictures ?? [ballot.left_pictures ?? [], ballot.right_pictures ?? []];
  return { question: ballot.question_pictures ?? [], responses };
}

/** Fetch the images of a ballot that comes next, so that they are there when it is shown. */
export function preload(ballot) {
  if (!ballot) return;
  const { question, responses } = picturesOf(ballot);
  for (const { url, gone } of [...question, ...responses.flat()]) if (!gone) new Image().src = inSite(url);
}

/** Whether two lists hold the same images in the same order. */
export function areSame(one, other) {
  return one.length === other.length && one.every(({ url }, index) => url === other[index].url);
}
