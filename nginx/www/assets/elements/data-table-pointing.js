/** How near the edge, in px, a choice that is drawn scrolls on. */
const edgePx = 28;

/**
 * What a mouse, a pen or a finger does in a data table: a press goes to a cell, drawing chooses, a press on a row's
 * number takes the row, on the corner all; two presses show a cell whole. A finger scrolls, and draws by the corner
 * of what is chosen.
 * @param {HTMLElement} grid
 * @param {{cell: (row: number, column: number, isLonger: boolean) => void, row: (row: number, isLonger: boolean) => void,
 *   all: () => void, whole: () => void, isCursor: (row: number, column: number) => boolean}} on
 */
export function onPointing(grid, on) {
  /** Ends the drawing that goes on. */
  let end = null;

  grid.addEventListener("pointerdown", (event) => {
    const isGrip = event.target.matches(".grip");
    if (event.button || (event.pointerType === "touch" && !isGrip)) return;
    const place = placeOf(event.target);
    if (!place) return;
    event.preventDefault(); // no text is chosen
    grid.focus({ preventScroll: true });
    if (isGrip) return draw(event, false);
    if (place.column < 0) on.row(place.row, event.shiftKey);
    else on.cell(place.row, place.column, event.shiftKey);
    draw(event, place.column < 0);
  });
  // A finger that only touched.
  grid.addEventListener("click", (event) => {
    if (event.target.closest(".corner")) return on.all();
    if (event.pointerType !== "touch" || event.target.matches(".grip")) return;
    const place = placeOf(event.target);
    if (!place) return;
    grid.focus({ preventScroll: true });
    if (place.column < 0) on.row(place.row, false);
    else if (on.isCursor(place.row, place.column)) on.whole();
    else on.cell(place.row, place.column, false);
  });
  // The grid has captured the mouse: what lies below it is asked for.
  grid.addEventListener("dblclick", ({ clientX, clientY }) => {
    if (document.elementFromPoint(clientX, clientY)?.closest("[role=gridcell]")) on.whole();
  });

  function draw({ pointerId }, isRow) {
    end?.();
    let last = null;
    let timer = null;
    const listening = new AbortController();
    const { signal } = listening;
    const follow = () => {
      const place = placeAt(grid, last);
      if (place && isRow) on.row(place.row, true);
      else if (place && !isRow) on.cell(place.row, Math.max(0, place.column), true);
    };
    const scrollOn = () => {
      const { left, top, right, bottom } = grid.getBoundingClientRect();
      const step = (at, least, most) => (at < least + edgePx ? -1 : at > most - edgePx ? 1 : 0);
      const head = grid.firstElementChild.offsetHeight;
      const [across, down] = [step(last.clientX, left + edgePx, right), step(last.clientY, top + head, bottom)];
      if (!across && !down) return;
      grid.scrollBy(across * 24, down * 24);
      follow();
    };
    grid.setPointerCapture(pointerId);
    grid.addEventListener("pointermove", (event) => {
      last = event;
      follow();
      timer ??= setInterval(scrollOn, 40);
    }, { signal });
    end = () => {
      listening.abort();
      clearInterval(timer);
      end = null;
    };
    for (const name of ["pointerup", "pointercancel", "lostpointercapture"]) grid.addEventListener(name, () => end?.(), { signal });
  }
}

/** The cell that an element belongs to; column -1 is the row's number. */
function placeOf(element) {
  const row = element?.closest?.(".row");
  const cell = element?.closest?.("[aria-colindex]");
  return row && cell ? { row: Number(row.dataset.place), column: cell.ariaColIndex - 2 } : null;
}

/** The cell under a pointer, or the nearest in sight. */
function placeAt(grid, { clientX, clientY }) {
  const { left, top } = grid.getBoundingClientRect();
  const head = grid.firstElementChild.offsetHeight;
  const within = (value, least, most) => Math.max(least, Math.min(value, most));
  const x = within(clientX, left + 2, left + grid.clientWidth - 2);
  const y = within(clientY, top + head + 2, top + grid.clientHeight - 2);
  return placeOf(document.elementFromPoint(x, y));
}
