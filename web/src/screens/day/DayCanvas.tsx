import { type KeyboardEvent, type PointerEvent, type RefObject, useEffect, useRef, useState } from "react";
import { usePreferences } from "../../app/preferences";
import { mealAt, type Span, snapped } from "./dayModel";
import { axis, draw, ROW, type Scene, STRIP } from "./draw";

type Props = {
  scene: Scene;
  label: string;
  help: string;
  canvas: RefObject<HTMLCanvasElement | null>;
  onChoose: (agent: string) => void;
  /** A meal on its way; `done` when it was let go. */
  onMove: (span: Span, to: number, done: boolean) => void;
};
declare global {
  interface Window {
    dayView?: { blockAt: (id: string) => { x: number; y: number; width: number; height: number } | undefined };
  }
}
const HEIGHT = Math.max(420, window.innerHeight - 190);

/** Shifts of a day on a canvas that stays in view over a tall spacer: only rows in view are drawn. */
export function DayCanvas({ scene, label, help, canvas, onChoose, onMove }: Props) {
  const { theme } = usePreferences();
  const frame = useRef<HTMLDivElement>(null);
  const dragged = useRef<{ span: Span; grip: number }>(undefined);
  const [width, setWidth] = useState(0);
  const [scroll, setScroll] = useState(0);
  const height = Math.min(HEIGHT, STRIP + Math.max(1, scene.rows.length) * ROW + 2);
  useEffect(() => {
    if (frame.current === null) return;
    const watched = new ResizeObserver(([entry]) => entry && setWidth(Math.floor(entry.contentRect.width)));
    watched.observe(frame.current);
    return () => watched.disconnect();
  }, []);
  useEffect(() => {
    const pen = canvas.current?.getContext("2d");
    if (!canvas.current || !pen || width === 0) return;
    const sharp = window.devicePixelRatio || 1;
    canvas.current.width = width * sharp;
    canvas.current.height = height * sharp;
    pen.setTransform(sharp, 0, 0, sharp, 0, 0);
    draw(pen, width, height, scroll, scene, theme);
  }, [canvas, width, height, scroll, scene, theme]);
  const { x, quarter } = axis(width, scene.span);
  useEffect(() => {
    window.dayView = {
      blockAt: (id) => {
        const span = scene.spans.find((one) => one.id === id);
        const box = canvas.current?.getBoundingClientRect();
        const at = span && mealAt(span, scene.moves);
        if (!span?.meal || at === undefined || !box) return undefined;
        const y = box.top + STRIP + scene.rows.indexOf(span.agent) * ROW - scroll;
        return { x: box.left + x(at), y, width: x(at + span.meal.length) - x(at), height: ROW };
      },
    };
    return () => {
      window.dayView = undefined;
    };
  });
  const under = (event: PointerEvent) => {
    const box = event.currentTarget.getBoundingClientRect();
    const agent = scene.rows[Math.floor((event.clientY - box.top - STRIP + scroll) / ROW)];
    return { agent: event.clientY - box.top < STRIP ? undefined : agent, at: quarter(event.clientX - box.left) };
  };
  const mealUnder = (agent: string | undefined, at: number) =>
    scene.spans.find((span) => {
      const start = mealAt(span, scene.moves);
      return span.agent === agent && span.meal && start !== undefined && start <= at && at < start + span.meal.length;
    });
  const press = (event: PointerEvent<HTMLCanvasElement>) => {
    const { agent, at } = under(event);
    if (agent) onChoose(agent);
    const span = mealUnder(agent, at);
    if (!span) return;
    dragged.current = { span, grip: at - (mealAt(span, scene.moves) ?? at) };
    event.currentTarget.setPointerCapture(event.pointerId);
  };
  const drag = (event: PointerEvent<HTMLCanvasElement>) => {
    const { agent, at } = under(event);
    const held = dragged.current;
    event.currentTarget.style.cursor = held || mealUnder(agent, at) ? "ew-resize" : "default";
    if (held) onMove(held.span, snapped(held.span, at - held.grip), false);
  };
  const release = (event: PointerEvent<HTMLCanvasElement>) => {
    const held = dragged.current;
    dragged.current = undefined;
    if (held) onMove(held.span, snapped(held.span, under(event).at - held.grip), true);
  };
  const key = (event: KeyboardEvent) => {
    const row = scene.rows.indexOf(scene.chosen ?? "");
    const step = { ArrowUp: -1, ArrowDown: 1, PageUp: -20, PageDown: 20 }[event.key];
    const side = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (step === undefined && side === undefined) return;
    event.preventDefault();
    if (step !== undefined) {
      const next = Math.max(0, Math.min(scene.rows.length - 1, row + step));
      const agent = scene.rows[next];
      if (agent) onChoose(agent);
      const room = height - STRIP - ROW;
      if (frame.current) {
        const top = Math.max(next * ROW - room, Math.min(frame.current.scrollTop, next * ROW));
        frame.current.scrollTop = top;
      }
    }
    const span = scene.spans.find((one) => one.agent === scene.chosen && one.meal);
    if (side !== undefined && span) onMove(span, snapped(span, (mealAt(span, scene.moves) ?? 0) + side), true);
  };
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset would be a form, this is a picture that keys move about in
    <div
      ref={frame}
      role="group"
      // biome-ignore lint/a11y/noNoninteractiveTabindex: the keys are listened to here
      tabIndex={0}
      aria-label={help}
      onKeyDown={key}
      onScroll={(event) => setScroll(event.currentTarget.scrollTop)}
      style={{ height, overflowY: "auto", position: "relative", border: "1px solid #8884" }}
    >
      <canvas
        ref={canvas}
        role="img"
        aria-label={label}
        onPointerDown={press}
        onPointerMove={drag}
        onPointerUp={release}
        style={{ position: "sticky", top: 0, display: "block", width, height: height - 2, touchAction: "pan-y" }}
      />
      <div style={{ height: Math.max(0, STRIP + scene.rows.length * ROW - height) }} />
    </div>
  );
}
