// The editor: buttons, pointers and keys. Streamlit calls the default export for every run of the page.

const STEP_PX = 40, FINE_PX = 4;
// How close to a handle counts as on it, and how far a tap may stray: a fingertip is wider than a pointer.
const ARROW = { near: 14, stray: 5 }, FINGER = { near: 24, stray: 12 };

class Editor {
  constructor(root) {
    this.root = root;
    this.canvas = root.querySelector("canvas");
    this.status = root.querySelector("[role=status]");
    this.sheet = new Sheet(this.canvas);
    this.shape = new Shape();
    this.tool = "move";
    this.pointers = new Map();
    this.touch = ARROW;
    this.keyboard = false;
    this.listen();
    new ResizeObserver(() => this.redraw()).observe(this.canvas);
  }

  update({ data, setStateValue }) {
    const first = !this.data;
    this.data = data;
    this.setStateValue = setStateValue;
    this.canvas.setAttribute("aria-label", data.texts.label);
    for (const button of this.root.querySelectorAll("button")) {
      const text = data.texts[button.name];
      if (button.dataset.symbol) button.title = text; else button.textContent = text;
      button.setAttribute("aria-label", text);
    }
    if (first) this.sheet.fit(data.bounds);
    loadWorld(data.land.world).then((loaded) => loaded && this.redraw(), () => {});
    if (data.load.token !== this.token) this.load(data.load);
    this.redraw();
  }

  load({ token, polygons, bounds }) {
    this.token = token;
    this.shape.load(polygons);
    if (bounds) this.sheet.fit(bounds);
    this.choose("move");
  }

  send() { this.setStateValue("shape", { token: this.token, drawn: this.shape.value }); }

  say(key) { this.status.textContent = key ? this.data.texts[key] : ""; }

  choose(tool) {
    this.tool = tool;
    this.shape.held = this.shape.centre = null;
    if (tool !== "polygon") this.shape.open = null;
    for (const name of ["polygon", "circle"]) {
      this.root.querySelector(`[name=${name}]`).setAttribute("aria-pressed", String(tool === name));
    }
    this.canvas.dataset.tool = tool;
    this.say({ polygon: "say_polygon", circle: "say_circle" }[tool] || (this.shape.isEmpty ? "say_start" : "say_edit"));
    this.redraw();
  }

  redraw() {
    this.offer();
    if (this.waiting || !this.data) return;
    this.waiting = requestAnimationFrame(() => { this.waiting = 0; this.draw(); });
  }

  draw() {
    const { sheet, shape, data: { palette, land, tracks, areas, proposals, load } } = this;
    if (!sheet.width) return;
    drawGround(sheet, land, palette);
    drawGrid(sheet, palette);
    sheet.pen.globalAlpha = 0.45;
    sheet.stroke(tracks, palette.data, 1.5);
    sheet.pen.globalAlpha = 1;
    for (const area of areas.filter((one) => one.name !== load.name)) this.drawArea(area);
    for (const proposal of proposals) this.drawProposal(proposal);
    shape.draw(sheet, palette);
    drawScale(sheet, palette);
    if (this.keyboard) this.drawCross();
  }

  // At once rather than with the next frame: the next key may press a button that was just enabled.
  offer() {
    const { shape, root } = this;
    root.querySelector("[name=undo]").disabled = !shape.open;
    root.querySelector("[name=close]").disabled = !shape.canClose();
    root.querySelector("[name=clear]").disabled = shape.isEmpty && !shape.open;
  }

  drawArea({ name, polygons }) {
    const { sheet, data: { palette } } = this;
    sheet.pen.globalAlpha = 0.25;
    sheet.fill(polygons, palette.data);
    sheet.pen.globalAlpha = 1;
    sheet.stroke(polygons.flat(), palette.data, 2, [], true);
    const ring = polygons[0][0];
    const top = ring.reduce((best, at) => (at[1] > best[1] ? at : best));
    const west = Math.min(...ring.map((at) => at[0])), east = Math.max(...ring.map((at) => at[0]));
    const [x, y] = sheet.spot([(west + east) / 2, top[1]]);
    sheet.label(name, [x, y - 12], "center", palette, 13);
  }

  drawProposal({ name, at }) {
    const { sheet, data: { palette } } = this, [x, y] = sheet.spot(at);
    sheet.dot([x, y], 5, palette.last, palette.halo);
    sheet.label(name, [x, y - 14], "center", palette, 13);
  }

  drawCross() {
    const { pen, width, height } = this.sheet, [x, y] = [width / 2, height / 2];
    for (const [colour, thick] of [[this.data.palette.halo, 4], [this.data.palette.ink, 1.5]]) {
      pen.strokeStyle = colour;
      pen.lineWidth = thick;
      pen.beginPath();
      for (const [dx, dy] of [[1, 0], [-1, 0], [0, 1], [0, -1]]) {
        pen.moveTo(x + 4 * dx, y + 4 * dy);
        pen.lineTo(x + 16 * dx, y + 16 * dy);
      }
      pen.stroke();
    }
  }

  listen() {
    const canvas = this.canvas;
    this.root.querySelector(".buttons").addEventListener("click", (event) => this.press(event.target.closest("button")));
    canvas.addEventListener("pointerdown", (event) => this.down(event));
    canvas.addEventListener("pointermove", (event) => this.drag(event));
    canvas.addEventListener("pointerup", (event) => this.up(event));
    canvas.addEventListener("pointercancel", (event) => { this.pointers.delete(event.pointerId); this.shape.held = null; });
    canvas.addEventListener("wheel", (event) => {
      event.preventDefault();
      this.sheet.zoomAt([event.offsetX, event.offsetY], Math.max(-1, Math.min(1, -event.deltaY / 200)));
      this.redraw();
    }, { passive: false });
    canvas.addEventListener("keydown", (event) => {
      if (this.key(event)) { event.preventDefault(); event.stopPropagation(); this.keyboard = true; this.redraw(); }
    });
    canvas.addEventListener("focus", () => { this.keyboard = canvas.matches(":focus-visible"); this.redraw(); });
    canvas.addEventListener("blur", () => { this.keyboard = false; this.redraw(); });
  }

  press(button) {
    if (!button || button.disabled) return;
    const middle = [this.sheet.width / 2, this.sheet.height / 2];
    ({
      polygon: () => this.choose(this.tool === "polygon" ? "move" : "polygon"),
      circle: () => this.choose(this.tool === "circle" ? "move" : "circle"),
      undo: () => this.shape.undo(),
      close: () => this.finish(),
      clear: () => { this.shape.empty(); this.choose("move"); this.send(); },
      nearer: () => this.sheet.zoomAt(middle, 1),
      further: () => this.sheet.zoomAt(middle, -1),
      fit: () => this.sheet.fit(this.data.bounds),
    })[button.name]();
    this.redraw();
  }

  finish() {
    if (!this.shape.canClose()) return;
    this.shape.close();
    this.choose("move");
    this.send();
  }

  down(event) {
    this.keyboard = false;
    this.canvas.setPointerCapture(event.pointerId);
    const spot = [event.offsetX, event.offsetY];
    this.pointers.set(event.pointerId, spot);
    if (this.pointers.size > 1) { this.beginPinch(); return; }
    this.touch = event.pointerType === "touch" ? FINGER : ARROW;
    this.moved = 0;
    this.before = this.shape.drawn;
    if (this.tool === "circle") this.shape.centre = this.sheet.position(spot);
    const handle = this.tool === "move" && this.shape.handleNear(this.sheet, spot, this.touch.near);
    if (handle) this.shape.take(handle); else this.shape.held = null;
    this.redraw();
  }

  // The first finger may have drawn before the second arrived: a new circle is dropped, a moved corner stays.
  beginPinch() {
    if (this.shape.centre) { this.shape.drawn = this.before; this.shape.centre = null; }
    if (this.shape.held && this.moved) this.send();
    this.shape.held = null;
    // Lifting the last finger of a pinch is no tap.
    this.moved = Infinity;
  }

  drag(event) {
    const last = this.pointers.get(event.pointerId);
    if (!last) return;
    const spot = [event.offsetX, event.offsetY];
    this.moved += Math.hypot(spot[0] - last[0], spot[1] - last[1]);
    if (this.pointers.size === 2) this.pinch(event.pointerId, last, spot);
    else if (this.shape.held) this.shape.moveHeld(this.sheet.position(spot));
    else if (this.shape.centre) this.stretch(spot);
    else if (this.moved > this.touch.stray) this.sheet.move(spot[0] - last[0], spot[1] - last[1]);
    this.pointers.set(event.pointerId, spot);
    this.redraw();
  }

  stretch(spot) {
    const { centre } = this.shape;
    this.shape.setCircle(centre, metresBetween(centre, this.sheet.position(spot)));
    this.shape.centre = centre;
  }

  pinch(moving, last, spot) {
    const [, still] = [...this.pointers].find(([id]) => id !== moving);
    const apart = (at) => Math.max(1, Math.hypot(at[0] - still[0], at[1] - still[1]));
    this.sheet.zoomAt(still, Math.log2(apart(spot) / apart(last)));
  }

  up(event) {
    const spot = [event.offsetX, event.offsetY];
    const alone = this.pointers.size === 1;
    this.pointers.delete(event.pointerId);
    if (alone && this.tool === "circle" && this.shape.centre) this.endCircle();
    else if (alone && this.tool === "polygon" && this.moved <= this.touch.stray) this.tap(spot);
    else if (alone && this.shape.held && this.moved) this.send();
    this.redraw();
  }

  // A tap draws a circle of 100 m.
  endCircle() {
    if (this.moved <= this.touch.stray) this.shape.setCircle(this.shape.centre, 100);
    this.choose("move");
    this.send();
  }

  tap(spot) {
    const first = this.shape.canClose() && this.sheet.spot(this.shape.open[0]);
    if (first && pixelsBetween(first, spot) <= this.touch.near) { this.finish(); return; }
    this.shape.addCorner(this.sheet.position(spot));
    this.say(this.shape.canClose() ? "say_close" : "say_polygon");
  }

  key(event) {
    const step = event.shiftKey ? FINE_PX : STEP_PX;
    const way = { ArrowLeft: [1, 0], ArrowRight: [-1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }[event.key];
    const middle = [this.sheet.width / 2, this.sheet.height / 2];
    if (way) {
      this.sheet.move(step * way[0], step * way[1]);
      if (this.shape.held) this.shape.moveHeld(this.sheet.position(middle));
    } else if (event.key === "+" || event.key === "=") this.sheet.zoomAt(middle, 0.5);
    else if (event.key === "-") this.sheet.zoomAt(middle, -0.5);
    else if (event.key === "Enter") this.enter(middle);
    else if (event.key === "Delete" || event.key === "Backspace") this.remove(middle);
    else if (event.key === "Escape") { this.shape.open = null; this.choose("move"); }
    else return false;
    return true;
  }

  enter(spot) {
    const at = this.sheet.position(spot), { shape } = this;
    if (this.tool === "polygon") this.tap(spot);
    else if (this.tool === "circle" && !shape.centre) { shape.centre = at; this.say("say_rim"); }
    else if (this.tool === "circle") {
      shape.setCircle(shape.centre, metresBetween(shape.centre, at));
      this.choose("move");
      this.send();
    } else if (shape.held) { shape.held = null; this.send(); this.say("say_edit"); }
    else {
      const handle = shape.handleNear(this.sheet, spot, ARROW.near);
      if (handle) { shape.take(handle); this.say("say_held"); }
    }
  }

  remove(spot) {
    if (this.tool === "polygon") { this.shape.undo(); return; }
    const handle = this.shape.held || this.shape.handleNear(this.sheet, spot, ARROW.near);
    if (this.shape.removeCorner(handle)) this.send();
  }
}

const editors = new WeakMap();

export default function (component) {
  const root = component.parentElement;
  if (!editors.has(root)) editors.set(root, new Editor(root));
  editors.get(root).update(component);
}
