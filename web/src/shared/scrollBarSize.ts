// In place of the measurement of @rc-component/util, which writes a <style> without a nonce: nothing here styles ::-webkit-scrollbar.

function measured(): { width: number; height: number } {
  const box = document.createElement("div");
  Object.assign(box.style, { position: "absolute", width: "100px", height: "100px", overflow: "scroll" });
  document.body.append(box);
  const size = { width: box.offsetWidth - box.clientWidth, height: box.offsetHeight - box.clientHeight };
  box.remove();
  return size;
}

let kept: { width: number; height: number } | undefined;

/** Width and height of a scroll bar of this browser, px. */
export function getTargetScrollBarSize(): { width: number; height: number } {
  kept ??= measured();
  return kept;
}

export default function getScrollBarSize(): number {
  return getTargetScrollBarSize().width;
}
