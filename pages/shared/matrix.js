// A matrix as an ARIA grid: one tab stop, arrow keys inside it, Enter or Space to choose, Escape to let go.
// Data arrive as JSON and are written as text; nothing of them is read as HTML.

const drawn = new WeakMap(); // place on the page -> its matrix, so that new data change cells and keep the focus

export default function (component) {
  const { data, parentElement, setTriggerValue } = component;
  let matrix = drawn.get(parentElement);
  if (!matrix) {
    matrix = frame(parentElement);
    drawn.set(parentElement, matrix);
  }
  matrix.pick = (cell) => setTriggerValue("pick", cell);
  if (matrix.shape !== shapeOf(data)) build(matrix, data);
  fill(matrix, data);
  fit(matrix);
  return () => {
    matrix.watch.disconnect();
    matrix.root.remove();
    drawn.delete(parentElement);
  };
}

const shapeOf = (data) => `${data.rows.length} x ${data.columns.length}`;

function make(name, className, parent, attributes = {}) {
  const element = document.createElement(name);
  element.className = className;
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  parent.append(element);
  return element;
}

// What stays for good: the table that scrolls by itself, the line that says what a cell holds, and the legend.
function frame(parent) {
  const root = make("div", "matrix", parent);
  const scroller = make("div", "scroller", root);
  const table = make("table", "", scroller, { role: "grid" });
  const now = make("p", "now", root, { "aria-hidden": "true" }); // a screen reader has read the cell itself
  const legend = make("p", "legend", root);
  const matrix = { root, scroller, table, now, legend, cells: [], at: [0, 0], data: null, shape: "" };
  table.addEventListener("keydown", (event) => onKey(matrix, event));
  table.addEventListener("click", (event) => onClick(matrix, event));
  table.addEventListener("focusin", (event) => onFocus(matrix, event));
  table.addEventListener("focusout", () => tell(matrix, null));
  table.addEventListener("mouseover", (event) => tell(matrix, placeOf(event)));
  table.addEventListener("mouseleave", () => tell(matrix, null));
  matrix.watch = new ResizeObserver(() => fit(matrix));
  matrix.watch.observe(scroller);
  return matrix;
}

function build(matrix, data) {
  const { table } = matrix;
  table.replaceChildren();
  const head = make("thead", "", table);
  const top = make("tr", "", head);
  matrix.corner = make("td", "corner", top, { rowspan: "2" });
  matrix.over = make("th", "over", top, { scope: "colgroup", colspan: String(data.columns.length) });
  const names = make("tr", "", head);
  matrix.columns = data.columns.map(() => make("span", "", make("th", "column", names, { scope: "col" })));
  const body = make("tbody", "", table);
  matrix.rows = [];
  matrix.cells = data.rows.map((_, row) => {
    const line = make("tr", "", body);
    matrix.rows.push(make("th", "row", line, { scope: "row" }));
    return data.columns.map((_, column) =>
      make("td", "cell", line, { role: "gridcell", tabindex: "-1", "data-row": row, "data-column": column }),
    );
  });
  matrix.shape = shapeOf(data);
  matrix.at = [0, 0];
}

function fill(matrix, data) {
  matrix.data = data;
  matrix.table.setAttribute("aria-label", data.name);
  write(matrix.corner, `${data.row_title} \u2193`);
  write(matrix.over, `${data.column_title} \u2192`);
  write(matrix.legend, data.legend);
  data.rows.forEach((label, row) => write(matrix.rows[row], label));
  data.columns.forEach((label, column) => write(matrix.columns[column], label));
  matrix.cells.forEach((line, row) => line.forEach((cell, column) => fillCell(cell, data, row, column)));
  const chosen = data.chosen && [data.rows.indexOf(data.chosen[0]), data.columns.indexOf(data.chosen[1])];
  if (chosen && !matrix.table.matches(":focus-within")) matrix.at = chosen;
  rove(matrix, matrix.at);
  tell(matrix, null);
}

function fillCell(cell, data, row, column) {
  const lines = data.cells[row][column];
  const shade = data.shade[row][column];
  writeLines(cell, lines);
  cell.style.setProperty("--strength", `${Math.round(Math.abs(shade) * 1000) / 10}%`);
  cell.classList.toggle("fewer", shade < 0);
  cell.classList.toggle("hidden", lines.length === 0);
  set(cell, "aria-label", data.says[row][column]);
  const chosen = data.chosen && data.chosen[0] === data.rows[row] && data.chosen[1] === data.columns[column];
  set(cell, "aria-selected", chosen ? "true" : "false");
}

function write(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

// The nodes stay and only their text changes, so that a slider elsewhere can drive a large matrix.
function writeLines(cell, lines) {
  while (cell.childNodes.length > lines.length) cell.lastChild.remove();
  lines.forEach((line, place) => {
    const node = cell.childNodes[place] ?? make("span", place ? "below" : "", cell).appendChild(new Text("")).parentNode;
    if (node.firstChild.data !== line) node.firstChild.data = line;
  });
}

function set(element, name, value) {
  if (element.getAttribute(name) !== value) element.setAttribute(name, value);
}

// Names of rows get the width that they need, within limits; those of columns are level where they have room, else
// upright; and where the cells would be too narrow for their numbers, the table is wider than its place and scrolls.
function fit(matrix) {
  const { data, scroller, rows, columns, root, table } = matrix;
  const place = scroller.clientWidth - 8;
  if (!data || place <= 0) return;
  const narrow = place < 560;
  const style = getComputedStyle(columns[0]);
  const pen = (matrix.pen ??= document.createElement("canvas").getContext("2d"));
  pen.font = `${style.fontWeight} ${style.fontSize} ${style.fontFamily}`;
  const widest = (labels) => Math.max(...labels.map((label) => pen.measureText(label).width));
  const longest = Math.max(...data.cells.flat(2).map((line) => line.length), 1);
  const names = Math.ceil(Math.min(widest(data.rows) + 16, narrow ? 96 : 176));
  const cell = Math.max(narrow ? 28 : 40, 8 * longest + 4);
  const room = Math.max((place - names) / columns.length, cell) - 8;
  root.classList.toggle("upright", widest(data.columns) > room);
  root.style.setProperty("--names", `${names}px`);
  table.style.minWidth = `${names + columns.length * (cell + 2)}px`;
}

// The one cell that the tab key leads to.
function rove(matrix, [row, column]) {
  matrix.cells[matrix.at[0]][matrix.at[1]].tabIndex = -1;
  matrix.at = [row, column];
  matrix.cells[row][column].tabIndex = 0;
}

function placeOf(event) {
  const cell = event.target.closest?.("td.cell");
  return cell ? [Number(cell.dataset.row), Number(cell.dataset.column)] : null;
}

// What the mouse or the keyboard is on; without either, the chosen cell.
function tell(matrix, place) {
  const { data } = matrix;
  const focused = matrix.table.querySelector("td.cell:focus");
  const shown = place ?? (focused && [Number(focused.dataset.row), Number(focused.dataset.column)]);
  const chosen = matrix.table.querySelector('td.cell[aria-selected="true"]');
  if (shown) write(matrix.now, data.says[shown[0]][shown[1]]);
  else write(matrix.now, chosen ? `Chosen: ${chosen.getAttribute("aria-label")}` : data.hint);
}

function onFocus(matrix, event) {
  const place = placeOf(event);
  if (!place) return;
  rove(matrix, place);
  tell(matrix, place);
}

function onClick(matrix, event) {
  const place = placeOf(event);
  if (place) choose(matrix, place);
}

// A cell that is chosen already is let go.
function choose(matrix, [row, column]) {
  const { data, cells } = matrix;
  const again = cells[row][column].getAttribute("aria-selected") === "true";
  matrix.pick(again ? [] : [data.rows[row], data.columns[column]]);
}

function onKey(matrix, event) {
  if (event.altKey || event.metaKey || (event.ctrlKey && !["Home", "End"].includes(event.key))) return;
  const [row, column] = matrix.at;
  const [lastRow, lastColumn] = [matrix.cells.length - 1, matrix.cells[0].length - 1];
  const moves = {
    ArrowUp: [Math.max(row - 1, 0), column],
    ArrowDown: [Math.min(row + 1, lastRow), column],
    ArrowLeft: [row, Math.max(column - 1, 0)],
    ArrowRight: [row, Math.min(column + 1, lastColumn)],
    Home: [event.ctrlKey ? 0 : row, 0],
    End: [event.ctrlKey ? lastRow : row, lastColumn],
    PageUp: [0, column],
    PageDown: [lastRow, column],
  };
  if (moves[event.key]) {
    rove(matrix, moves[event.key]);
    const cell = matrix.cells[matrix.at[0]][matrix.at[1]];
    cell.focus({ preventScroll: true });
    cell.scrollIntoView({ block: "nearest", inline: "nearest" });
  } else if (event.key === "Enter" || event.key === " ") {
    choose(matrix, matrix.at);
  } else if (event.key === "Escape") {
    matrix.pick([]);
  } else {
    return;
  }
  event.preventDefault();
  event.stopPropagation(); // Streamlit has shortcuts of its own
}
