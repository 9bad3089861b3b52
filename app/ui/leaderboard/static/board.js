/* The Leaderboard page: filters in the address, one JSON object per choice of filters, a look for new votes every few
   seconds while the page is visible. The parts are drawn by board_parts.js and board_figures.js. */

import { Costs } from "./board_costs.js";
import { History, Matrices, Slices } from "./board_figures.js";
import { drawImage } from "./board_image.js";
import { Filters, Tips, button, h, table } from "./board_parts.js";
import { Scores } from "./board_scores.js";

const NAMES = ["by", "category", "language", "rater", "campaign", "source", "window", "method", "adjust", "dimension", "sample"];
const TIMEOUT_MS = 60000;
const isPhone = matchMedia("(max-width: 40rem)");

class Board {
  constructor(root) {
    this.root = root;
    this.parts = Object.fromEntries([...root.querySelectorAll("[data-part]")].map((part) => [part.dataset.part, part]));
    this.sort = { key: null, down: false };
    this.matrix = "observed";
    this.isOpen = { columns: false, closer: false };
    this.state = null;
    this.asked = null;
    this.filters = new Filters(this.parts.filters, () => this.choose(), (key) => this.say(key));
    this.tips = new Tips(root);
    document.addEventListener("visibilitychange", () => this.look());
    window.addEventListener("popstate", () => this.load(query()));
    window.addEventListener("resize", () => this.drawFigures());
    isPhone.addEventListener("change", () => this.state && this.draw()); // the ranking stands before what copies it
    this.load(query(), first);
  }

  say(key, values = {}) {
    const text = this.state?.texts[`board_ui_${key}`] ?? "";
    return text.replace(/\{(\w+)\}/g, (_, name) => values[name] ?? "");
  }

  /* --- requests ---------------------------------------------------------------------------------------- */

  choose() {
    this.load(this.filters.query());
  }

  async load(wanted, early = null) {
    this.asked?.abort();
    const asked = (this.asked = new AbortController());
    clearTimeout(this.timer);
    this.root.setAttribute("aria-busy", "true");
    try {
      const state = await (early ?? get("board", wanted, asked.signal));
      if (asked.signal.aborted) return;
      this.state = state;
      this.closer = null;
      remember(state.query);
      this.draw();
    } catch (error) {
      if (asked.signal.aborted) return;
      this.fail(error, wanted);
    } finally {
      if (!asked.signal.aborted) this.root.setAttribute("aria-busy", "false");
    }
    this.wait();
  }

  wait() {
    clearTimeout(this.timer);
    if (this.state) this.timer = setTimeout(() => this.look(), this.state.every * 1000);
  }

  /** Ask for newer votes, but only while somebody can see the page. */
  async look() {
    if (!this.state || this.root.getAttribute("aria-busy") === "true") return;
    clearTimeout(this.timer);
    if (document.visibilityState === "visible" && this.root.offsetParent !== null) {
      const { asked, state } = this;
      try {
        const newer = await get("board", `${state.query}&seen=${state.position}`, asked.signal);
        if (asked.signal.aborted) return;
        if (newer || this.isStale) {
          this.isStale = false;
          this.state = newer ?? state;
          if (newer && this.isOpen.closer) await this.openCloser(false);
          this.draw();
        }
      } catch (error) {
        if (asked.signal.aborted) return;
        if (error.status === 401) location.reload();
        if (!this.isStale) {
          this.isStale = true;
          this.draw();
        }
      }
    }
    this.wait();
  }

  async openCloser(draws = true) {
    try {
      this.closer = await get("board/closer", this.state.query, this.asked.signal);
      this.isOpen.closer = true;
    } catch (error) {
      this.parts.said.textContent = error.message;
    }
    if (draws) this.draw();
  }

  /* --- drawing ----------------------------------------------------------------------------------------- */

  draw() {
    const { parts, state } = this;
    const focused = document.activeElement?.dataset?.focus;
    parts.title.textContent = this.say("title");
    parts.loading.hidden = true;
    this.filters.show(state.filters);
    parts.filters.setAttribute("aria-label", this.say("filters"));
    parts.banners.replaceChildren(
      ...state.banners.map(({ kind, title, text }) =>
        h("p", { class: `ui-note${kind ? ` is-${kind}` : ""}`, role: "note" }, h("strong", {}, title), " ", text),
      ),
      ...(this.isStale ? [h("p", { class: "ui-note is-alert", role: "alert" }, this.say("stale"))] : []),
    );
    parts.content.replaceChildren(...(state.board ? this.board(state.board) : [this.nothing(state.nothing)]));
    this.drawFigures();
    if (focused) parts.content.querySelector(`[data-focus="${CSS.escape(focused)}"]`)?.focus({ preventScroll: true });
  }

  drawFigures() {
    this.history?.draw();
    this.costs?.draw();
  }

  nothing({ title, text, left_out: reasons, is_filtered: isFiltered }) {
    const reset = button(this.say("reset"), () => {
      this.load(this.filters.query(["by"]));
      this.filters.focus();
    });
    return h("div", { class: "ui-empty" },
      h("strong", {}, title),
      h("p", {}, text),
      reasons.length ? h("ul", {}, ...reasons.map((reason) => h("li", {}, reason))) : null,
      isFiltered ? reset : null,
    );
  }

  fail(error, wanted) {
    const zh = document.documentElement.lang.startsWith("zh");
    const title = this.say("failed") || (zh ? "排行榜加载失败" : "The leaderboard could not be loaded");
    const again = this.say("retry") || (zh ? "重试" : "Try again");
    this.parts.loading.hidden = true;
    this.parts.content.replaceChildren(
      h("div", { class: "ui-failed", role: "alert" },
        h("strong", {}, title), h("p", {}, error.message), button(again, () => this.load(wanted))),
    );
  }

  board(board) {
    const matrices = new Matrices(this, board.matrices);
    this.costs = board.costs && new Costs(this, board.costs);
    return [
      ...(board.fusion ? [fusionSection(board.fusion)] : []),
      ...(board.missed ? [h("p", { class: "ui-note is-alert", role: "note" }, board.missed)] : []),
      h("div", { class: "b-head" },
        h("div", { class: "b-answer" }, h("h3", {}, board.answer.title), h("p", {}, board.answer.text)),
        isPhone.matches ? null : this.actions(board),
        h("dl", { class: "ui-tiles b-counts" }, ...board.counts.map(countTile)),
      ),
      h("div", { class: "b-board" },
        table(this, board),
        this.legend(board),
        h("p", { class: "b-as-of" }, this.state.as_of),
        isPhone.matches ? this.actions(board) : null,
      ),
      board.scores ? new Scores(this, board.scores).section() : null,
      h("div", { class: "b-beside" }, board.matrices.length ? matrices.section() : null, h("div", {}, ...this.remarks(board))),
      this.costs ? this.costs.section() : null,
      ...(board.has_history ? this.furtherSections() : []),
    ].filter(Boolean);
  }

  actions(board) {
    const link = button(this.say("link"), async () => {
      const isCopied = await navigator.clipboard?.writeText(location.href).then(() => true, () => false);
      link.textContent = this.say(isCopied ? "linked" : "link_failed");
      this.parts.said.textContent = link.textContent;
      setTimeout(() => (link.textContent = this.say("link")), 2500);
    });
    const csv = h("a", { class: "ui-button", href: address("board.csv", this.state.query), download: "", "aria-label": this.say("csv_help") }, this.say("csv"));
    const png = button(this.say("png"), () => drawImage(this, board), { "aria-label": this.say("png_help") });
    [link, csv, png].forEach((one, place) => (one.dataset.focus = `action-${place}`));
    return h("div", { class: "b-actions" }, link, csv, png);
  }

  legend(board) {
    const entries = board.columns.flatMap(({ key, heading, why }) => [h("dt", {}, heading), h("dd", { id: `ev-why-${key}` }, why)]);
    const details = h("details", {}, h("summary", { "data-focus": "columns" }, this.say("columns")), h("dl", { class: "b-legend" }, ...entries));
    details.open = this.isOpen.columns;
    details.addEventListener("toggle", () => (this.isOpen.columns = details.open));
    return details;
  }

  furtherSections() {
    if (!this.closer) {
      const more = button(this.say("more"), () => {
        more.setAttribute("aria-busy", "true");
        this.openCloser();
      }, { "data-focus": "more" });
      return [h("div", {}, more)];
    }
    const { history, slices } = this.closer;
    this.history = history && new History(this, history);
    return [...(slices ? [new Slices(this, slices).section()] : []), ...(history ? [this.history.section()] : [])];
  }

  remarks({ notes, left_out: reasons }) {
    return [[this.say("notes"), notes], [this.say("left_out"), reasons]]
      .filter(([, lines]) => lines.length)
      .map(([title, lines]) =>
        h("div", { class: "b-notes" }, h("h3", { class: "ui-title" }, title), h("ul", {}, ...lines.map((line) => h("li", {}, line)))));
  }
}

/** What judges add to people: the most they can save, what they saved, and each judge. */
function fusionSection({ title, lines, columns, rows, text }) {
  const head = h("tr", {}, ...columns.map(({ heading }) => h("th", { scope: "col" }, heading)));
  const body = rows.map(([name, ...cells]) =>
    h("tr", {}, h("th", { scope: "row" }, name), ...cells.map((cell) => h("td", {}, cell))));
  return h("section", { class: "b-fused", "aria-label": title },
    h("h3", { class: "ui-title" }, title),
    h("ul", {}, ...lines.map((line) => h("li", {}, line))),
    h("div", { class: "ui-table", role: "region", tabindex: "0", "aria-label": title },
      h("table", {}, h("thead", {}, head), h("tbody", {}, ...body))),
    h("p", { class: "b-as-of" }, text));
}

function countTile({ label, number, text }) {
  return h("div", {}, h("dt", {}, label), h("dd", {}, number.toLocaleString("en-US"), text ? h("small", {}, ` ${text}`) : null));
}

/* --- the address ----------------------------------------------------------------------------------------- */

/** The filters in the address of the page. */
function query() {
  const given = new URLSearchParams(location.search);
  return new URLSearchParams(NAMES.filter((name) => given.get(name)).map((name) => [name, given.get(name)])).toString();
}

/** Put the filters into the address; what else stands there is kept. */
function remember(filters) {
  const kept = new URLSearchParams(location.search);
  NAMES.forEach((name) => kept.delete(name));
  const all = [filters, kept.toString()].filter(Boolean).join("&");
  history.replaceState(history.state, "", `${location.pathname}${all ? `?${all}` : ""}${location.hash}`);
}

function address(path, filters) {
  return new URL(`../api/${path}${filters ? `?${filters}` : ""}`, document.baseURI).href;
}

async function get(path, filters, signal) {
  const limits = [AbortSignal.timeout(TIMEOUT_MS), ...(signal ? [signal] : [])];
  const reply = await fetch(address(path, filters), { signal: AbortSignal.any(limits) });
  if (reply.status === 204) return null;
  const body = await reply.json().catch(() => ({}));
  if (!reply.ok) throw Object.assign(new Error(body.error ?? `${reply.status}`), { status: reply.status });
  return body;
}

/* --- start ----------------------------------------------------------------------------------------------- */

// The first board is on its way while Gradio still builds the page around it.
const first = get("board", query());
first.catch(() => {});

function start() {
  const root = document.getElementById("ev-board");
  if (!root || root.dataset.started) return Boolean(root);
  root.dataset.started = "yes";
  new Board(root);
  return true;
}

if (!start()) {
  const watch = new MutationObserver(() => start() && watch.disconnect());
  watch.observe(document.documentElement, { childList: true, subtree: true });
}
