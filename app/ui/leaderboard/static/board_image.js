/* The leaderboard as a PNG for a slide: the answer, the table with its intervals, and what it rests on. */

import { shortened } from "./board_figures.js";
import { scaleOf, sorted } from "./board_parts.js";

const WIDTH = 1200;
const EDGE = 48;
const ROW = 44;
const SHARP = 2;
const INTERVAL_WIDTH = 370;

/** Draw and download the image. */
export async function drawImage(page, board) {
  const rows = board.groups.flatMap(({ rows: own }) => sorted(own, page.sort));
  const canvas = document.createElement("canvas");
  const pen = canvas.getContext("2d");
  const tone = tones(page.root);
  const font = (size, weight = 400) => `${weight} ${size}px ${tone.font}`;
  pen.font = font(30, 650);
  const title = wrap(pen, board.answer.title, WIDTH - 2 * EDGE);
  pen.font = font(16);
  const text = wrap(pen, board.answer.text, WIDTH - 2 * EDGE);
  const head = EDGE + title.length * 38 + 8 + text.length * 24 + 28;
  const height = head + ROW * (rows.length + 1) + 76;
  [canvas.width, canvas.height] = [WIDTH * SHARP, height * SHARP];
  pen.scale(SHARP, SHARP);
  pen.fillStyle = tone.paper;
  pen.fillRect(0, 0, WIDTH, height);
  pen.textBaseline = "middle";
  write(pen, title, EDGE, EDGE + 12, 38, font(30, 650), tone.ink);
  write(pen, text, EDGE, EDGE + title.length * 38 + 12, 24, font(16), tone.soft);
  drawTable(pen, { board, rows, top: head, tone, font });
  pen.font = font(14);
  pen.fillStyle = tone.soft;
  const counts = board.counts.map(({ label, number, text: more }) => `${label} ${number.toLocaleString("en-US")}${more ? ` (${more})` : ""}`);
  const chosen = page.state.filters.filter(({ name, value }) => value && name !== "method" && name !== "by").map(({ label, options, value }) => `${label}: ${options.find(([, one]) => one === value)?.[0]}`);
  pen.fillText(shortened([...counts, ...chosen].join(" · "), 140), EDGE, height - 44);
  pen.textAlign = "end";
  pen.fillText(`Evenhand · ${page.state.date}`, WIDTH - EDGE, height - 22);
  const blob = await new Promise((resolve) => canvas.toBlob(resolve, "image/png"));
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = `leaderboard-${page.state.date}.png`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
}

function drawTable(pen, { board, rows, top, tone, font }) {
  const scale = scaleOf(rows);
  const places = columnPlaces(board.columns);
  pen.fillStyle = tone.soft;
  pen.font = font(14, 600);
  for (const { column, x, align } of places) label(pen, column.heading, x, top + ROW / 2, align);
  rows.forEach((row, at) => {
    const y = top + ROW * (at + 1);
    pen.fillStyle = tone.line;
    pen.fillRect(EDGE, y, WIDTH - 2 * EDGE, 1);
    for (const { column, x, align } of places) {
      const isName = column.kind === "name";
      if (column.key === "interval" && scale) drawInterval(pen, row, scale, x, y + ROW / 2, tone);
      else {
        pen.fillStyle = column.kind === "rank" ? tone.soft : tone.ink;
        pen.font = font(16, isName ? 600 : 400);
        label(pen, isName ? shortened(row.cells.model, 26) : row.cells[column.key], x, y + ROW / 2, align);
      }
    }
  });
}

/** Where each column stands: rank and name at the left, numbers at the right, the interval takes the room between. */
function columnPlaces(columns) {
  const places = [];
  let right = WIDTH - EDGE;
  let left = EDGE;
  for (const column of columns.filter(({ kind }) => kind !== "number")) {
    places.push({ column, x: left, align: "start" });
    left += column.kind === "rank" ? 76 : 250;
  }
  for (const column of columns.filter(({ kind }) => kind === "number").reverse()) {
    if (column.key === "interval") {
      places.push({ column, x: right - INTERVAL_WIDTH + 16, align: "start" });
      right -= INTERVAL_WIDTH;
    } else {
      places.push({ column, x: right, align: "end" });
      right -= 128;
    }
  }
  return places;
}

function drawInterval(pen, row, scale, x, y, tone) {
  if (row.rating === null) return;
  const at = (value) => x + ((INTERVAL_WIDTH - 48) * scale.at(value)) / 100;
  const low = row.open[0] ? x : at(row.lower ?? row.rating);
  const high = row.open[1] ? x + INTERVAL_WIDTH - 48 : at(row.upper ?? row.rating);
  pen.fillStyle = tone.accent;
  pen.globalAlpha = 0.45;
  pen.fillRect(low, y - 2, high - low, 4);
  pen.globalAlpha = 1;
  pen.beginPath();
  pen.arc(at(row.rating), y, 6, 0, 2 * Math.PI);
  pen.fill();
}

function label(pen, text, x, y, align) {
  pen.textAlign = align;
  pen.fillText(text, x, y);
  pen.textAlign = "start";
}

function write(pen, lines, x, y, step, font, tone) {
  pen.font = font;
  pen.fillStyle = tone;
  lines.forEach((line, at) => pen.fillText(line, x, y + at * step));
}

/** Lines of at most a width; Chinese breaks between any two characters. */
function wrap(pen, text, width) {
  const lines = [""];
  for (const part of text.match(/[\p{Script=Han}，。：；（）]|[^\s\p{Script=Han}，。：；（）]+\s*|\s+/gu) ?? []) {
    if (pen.measureText(lines.at(-1) + part.trimEnd()).width > width && lines.at(-1)) lines.push("");
    lines[lines.length - 1] += part;
  }
  return lines;
}

/** The colours and the font of the page as it is, light or dark. */
function tones(root) {
  const probe = root.appendChild(document.createElement("i"));
  const names = ["ink", "soft", "line", "paper", "accent"];
  const found = names.map((name) => {
    probe.style.color = `var(--ev-${name})`;
    return [name, getComputedStyle(probe).color];
  });
  const font = getComputedStyle(root).fontFamily;
  probe.remove();
  return { ...Object.fromEntries(found), font };
}
