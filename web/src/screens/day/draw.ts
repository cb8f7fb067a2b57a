// What the day chart looks like: one function `x(quarter)` places blocks, hours and coverage alike.

import { PALETTE } from "../../shared/chart/colours";
import { type Move, mealAt, type Span, type Supply, type Task } from "./dayModel";

export const ROW = 24;
export const LABEL = 148;
export const STRIP = 104;
export type Theme = "light" | "dark";
export type Scene = {
  spans: Span[];
  rows: string[];
  tasks: Task[];
  moves: Move[];
  supply: Supply;
  change: number[];
  /** First and last quarter shown. */
  span: [number, number];
  hour: (quarter: number) => string;
  name: (agent: string) => string;
  midnights: number[];
  chosen: string | undefined;
  labels: { required: string; rostered: string; meal: string };
};

const INK = {
  light: { text: "#1f1f1f", faint: "#8c8c8c", line: "#e4e4e4", back: "#ffffff", chosen: "#e6f0fa", meal: "#ffffff" },
  dark: { text: "#e6e6e6", faint: "#9a9a9a", line: "#3a3a3a", back: "#141414", chosen: "#1d3147", meal: "#141414" },
};
const SHIFT = { light: "#9cc3e6", dark: "#2f6496" };
const NIGHT = { light: "#b9a7d8", dark: "#5d4a86" };

export const axis = (width: number, [first, last]: [number, number]) => ({
  x: (quarter: number) => LABEL + ((quarter - first) / (last - first)) * (width - LABEL - 8),
  quarter: (x: number) => first + ((x - LABEL) / (width - LABEL - 8)) * (last - first),
});

function byAgent<T extends { agent: string }>(blocks: T[]): Map<string, T[]> {
  const found = new Map<string, T[]>();
  for (const block of blocks) found.set(block.agent, [...(found.get(block.agent) ?? []), block]);
  return found;
}

export function draw(pen: CanvasRenderingContext2D, width: number, height: number, scroll: number, scene: Scene, theme: Theme) {
  const ink = INK[theme];
  const { x } = axis(width, scene.span);
  pen.fillStyle = ink.back;
  pen.fillRect(0, 0, width, height);
  pen.font = "12px system-ui, 'Noto Sans CJK SC', sans-serif";
  pen.textBaseline = "middle";
  const first = Math.floor(scroll / ROW);
  const shown = scene.rows.slice(first, first + Math.ceil((height - STRIP) / ROW) + 1);
  const ofAgent = byAgent(scene.spans);
  const tasks = byAgent(scene.tasks);
  drawHours(pen, height, scene, x, theme);
  shown.forEach((agent, k) => {
    const y = STRIP + (first + k) * ROW - scroll;
    if (agent === scene.chosen) {
      pen.fillStyle = ink.chosen;
      pen.fillRect(0, y, width, ROW);
    }
    pen.fillStyle = ink.text;
    pen.textAlign = "left";
    pen.fillText(scene.name(agent), 8, y + ROW / 2, LABEL - 16);
    pen.save();
    pen.beginPath();
    pen.rect(LABEL, y, width - LABEL - 8, ROW);
    pen.clip();
    for (const span of ofAgent.get(agent) ?? []) drawSpan(pen, span, y, scene, x, theme);
    for (const task of tasks.get(agent) ?? []) {
      pen.fillStyle = PALETTE[4];
      pen.fillRect(x(task.start), y + 6, x(task.end) - x(task.start), ROW - 12);
    }
    pen.restore();
  });
  drawStrip(pen, width, scene, x, theme);
}

function drawHours(pen: CanvasRenderingContext2D, height: number, scene: Scene, x: (q: number) => number, theme: Theme) {
  for (let q = Math.ceil(scene.span[0] / 4) * 4; q <= scene.span[1]; q += 4) {
    pen.fillStyle = scene.midnights.includes(q) ? INK[theme].faint : INK[theme].line;
    pen.fillRect(Math.round(x(q)), STRIP, 1, height - STRIP);
  }
}

function drawSpan(pen: CanvasRenderingContext2D, span: Span, y: number, scene: Scene, x: (q: number) => number, theme: Theme) {
  const ink = INK[theme];
  const overNight = scene.midnights.some((at) => span.start < at && at < span.end);
  pen.fillStyle = (overNight ? NIGHT : SHIFT)[theme];
  pen.fillRect(x(span.start) + 1, y + 3, x(span.end) - x(span.start) - 2, ROW - 6);
  pen.fillStyle = ink.text;
  pen.textAlign = "left";
  pen.fillText(span.code, Math.max(x(span.start), LABEL) + 5, y + ROW / 2 + 1);
  const at = mealAt(span, scene.moves);
  if (span.meal && at !== undefined) {
    const wide = x(at + span.meal.length) - x(at);
    const moved = at !== span.meal.start;
    pen.fillStyle = ink.meal;
    pen.fillRect(x(at), y + 4, wide, ROW - 8);
    pen.strokeStyle = moved ? PALETTE[1] : ink.faint;
    pen.lineWidth = moved ? 2 : 1;
    pen.strokeRect(x(at) + 0.5, y + 4.5, wide - 1, ROW - 9);
    pen.fillStyle = ink.text;
    pen.textAlign = "center";
    pen.fillText(`${moved ? "↔ " : ""}${scene.labels.meal}`, x(at) + wide / 2, y + ROW / 2 + 1, wide - 4);
  }
  pen.fillStyle = ink.meal;
  for (const pause of span.breaks) pen.fillRect(x(pause), y + 7, x(pause + 1) - x(pause), ROW - 14);
}

/** Required and rostered above the rows, on the same axis. */
function drawStrip(pen: CanvasRenderingContext2D, width: number, scene: Scene, x: (q: number) => number, theme: Theme) {
  const ink = INK[theme];
  const [top, bottom] = [26, STRIP - 22];
  pen.fillStyle = ink.back;
  pen.fillRect(0, 0, width, STRIP);
  const { required } = scene.supply;
  const rostered = scene.supply.rostered.map((value, q) => value + (scene.change[q] ?? 0));
  const most = Math.max(1, ...required, ...rostered);
  const y = (value: number) => bottom - (value / most) * (bottom - top);
  for (let q = Math.max(0, scene.span[0]); q < required.length && q < scene.span[1]; q++) {
    const [need, have] = [required[q] ?? 0, rostered[q] ?? 0];
    pen.fillStyle = have < need ? PALETTE[1] : PALETTE[5];
    pen.globalAlpha = 0.55;
    pen.fillRect(x(q), y(Math.max(need, have)), x(q + 1) - x(q), Math.abs(y(need) - y(have)));
    pen.globalAlpha = 1;
  }
  line(pen, required, scene.span, x, y, ink.text, [4, 3]);
  line(pen, rostered, scene.span, x, y, PALETTE[0], []);
  pen.textAlign = "left";
  pen.fillStyle = ink.text;
  pen.fillText(`┄ ${scene.labels.required}`, 8, 38);
  pen.fillStyle = theme === "dark" ? PALETTE[5] : PALETTE[0];
  pen.fillText(`━ ${scene.labels.rostered}`, 8, 56);
  pen.fillStyle = ink.faint;
  pen.textAlign = "right";
  pen.fillText(String(Math.round(most)), LABEL - 6, top);
  pen.fillText("0", LABEL - 6, bottom);
  pen.textAlign = "center";
  for (let q = Math.ceil(scene.span[0] / 8) * 8; q < scene.span[1]; q += 8) pen.fillText(scene.hour(q), x(q), STRIP - 10);
  pen.fillStyle = ink.line;
  pen.fillRect(0, STRIP - 1, width, 1);
}

function line(
  pen: CanvasRenderingContext2D,
  values: number[],
  [first, last]: [number, number],
  x: (q: number) => number,
  y: (value: number) => number,
  colour: string,
  dash: number[],
) {
  pen.strokeStyle = colour;
  pen.lineWidth = 1.75;
  pen.setLineDash(dash);
  pen.beginPath();
  for (let q = Math.max(0, first); q < Math.min(values.length, last); q++) {
    pen.lineTo(x(q), y(values[q] ?? 0));
    pen.lineTo(x(q + 1), y(values[q] ?? 0));
  }
  pen.stroke();
  pen.setLineDash([]);
}
