import { type PointerEvent, type RefObject, useState } from "react";
import type { Layout } from "../../execution/graph/layout";

/** What is being drawn from the right edge of a wave, in the measures of the drawing. */
export interface Connecting {
  from: number;
  x: number;
  y: number;
  /** The wave under the pointer. */
  over: number | null;
}

export interface Connection {
  connecting: Connecting | null;
  handlers: (
    from: number,
  ) => Record<
    "onPointerDown" | "onPointerMove" | "onPointerUp" | "onPointerCancel",
    (event: PointerEvent<Element>) => void
  >;
}

/** Draws from one wave to another; nothing happens where it ends beside all of them. */
export function useConnecting(
  picture: RefObject<SVGSVGElement | null>,
  layout: Layout,
  connect: (from: number, to: number) => void,
): Connection {
  const [connecting, setConnecting] = useState<Connecting | null>(null);
  const at = (from: number, event: PointerEvent): Connecting => {
    const { x, y } = placeIn(picture.current, event);
    return { from, x, y, over: waveAt(layout, x, y) };
  };
  const handlers = (from: number) => ({
    onPointerDown: (event: PointerEvent<Element>) => {
      if (event.button !== 0) return;
      event.preventDefault();
      event.stopPropagation();
      event.currentTarget.setPointerCapture(event.pointerId);
      setConnecting(at(from, event));
    },
    onPointerMove: (event: PointerEvent<Element>) => {
      if (connecting !== null) setConnecting(at(from, event));
    },
    onPointerUp: (event: PointerEvent<Element>) => {
      if (connecting === null) return;
      const { over } = at(from, event);
      setConnecting(null);
      if (over !== null && over !== from) connect(from, over);
    },
    onPointerCancel: () => setConnecting(null),
  });
  return { connecting, handlers };
}

export function waveAt({ nodes }: Layout, x: number, y: number): number | null {
  for (const [wave, box] of nodes) {
    if (x >= box.x && x <= box.x + box.width && y >= box.y && y <= box.y + box.height) return wave;
  }
  return null;
}

function placeIn(picture: SVGSVGElement | null, event: PointerEvent): { x: number; y: number } {
  const matrix = picture?.getScreenCTM()?.inverse();
  if (matrix === undefined) return { x: -1, y: -1 };
  const { x, y } = new DOMPoint(event.clientX, event.clientY).matrixTransform(matrix);
  return { x, y };
}
