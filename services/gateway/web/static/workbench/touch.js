/**
 * Boxes by finger. The editor's image draws by mouse events alone, and a browser makes those of a
 * touch only when it was a tap: here a drag of one finger becomes a drag of the mouse, while
 * something is to be drawn. Otherwise the finger scrolls the page, as ever.
 */

const CANVAS = ".konvajs-content";

/**
 * @param {HTMLElement} root the editor
 * @param {() => boolean} isDrawing whether a drag draws just now
 */
export function drawByTouch(root, isDrawing) {
  /** @type {{target: EventTarget, id: number} | null} */
  let finger = null;

  /** @param {TouchEvent} event */
  const touchOf = (event) =>
    [...event.changedTouches].find((touch) => touch.identifier === finger?.id);

  /** @param {string} type @param {Touch} touch @param {number} buttons */
  const asMouse = (type, touch, buttons) => {
    finger?.target.dispatchEvent(new MouseEvent(type, {
      bubbles: true, cancelable: true, view: window, button: 0, buttons,
      clientX: touch.clientX, clientY: touch.clientY,
      screenX: touch.screenX, screenY: touch.screenY,
    }));
  };

  root.addEventListener("touchstart", (event) => {
    const onCanvas = /** @type {Element} */ (event.target).closest(CANVAS) !== null;
    if (finger !== null || event.touches.length !== 1 || !onCanvas || !isDrawing()) return;
    const touch = event.changedTouches[0];
    finger = { target: /** @type {EventTarget} */ (event.target), id: touch.identifier };
    event.preventDefault();
    event.stopPropagation();
    asMouse("mousemove", touch, 0);
    asMouse("mousedown", touch, 1);
  }, { passive: false, capture: true });

  root.addEventListener("touchmove", (event) => {
    const touch = touchOf(event);
    if (touch === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    asMouse("mousemove", touch, 1);
  }, { passive: false, capture: true });

  for (const type of /** @type {const} */ (["touchend", "touchcancel"])) {
    root.addEventListener(type, (event) => {
      const touch = touchOf(event);
      if (touch === undefined) return;
      event.preventDefault();
      event.stopPropagation();
      asMouse("mouseup", touch, 0);
      finger = null;
    }, { passive: false, capture: true });
  }
}
