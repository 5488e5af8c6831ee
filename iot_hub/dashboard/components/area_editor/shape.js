// The shape that is drawn: polygons with corners to move, or a circle. It knows nothing of the screen but pixels.

const LEAST_RADIUS_M = 10, MOST_RADIUS_M = 100000;

class Shape {
  constructor() { this.empty(); }

  empty() {
    this.polygons = [];
    this.open = null;
    this.circle = null;
    this.held = null;
    this.centre = null;
  }

  load(polygons) {
    this.empty();
    // GeoJSON repeats the first corner at the end.
    this.polygons = polygons.map((rings) => rings.map((ring) => ring.slice(0, -1)));
  }

  get drawn() { return { polygons: this.polygons, circle: this.circle }; }
  set drawn({ polygons, circle }) { [this.polygons, this.circle] = [polygons, circle]; }

  get isEmpty() { return !this.polygons.length && !this.circle; }

  // Six decimals of a degree are precise to the metre.
  get value() {
    if (this.circle) return { circle: [...this.circle.at].reverse().map(rounded).concat(Math.round(this.circle.radius)) };
    if (!this.polygons.length) return null;
    return { polygons: this.polygons.map((rings) => rings.map((ring) => [...ring, ring[0]].map((at) => at.map(rounded)))) };
  }

  addCorner(at) {
    if (!this.open) { this.empty(); this.open = []; }
    const last = this.open[this.open.length - 1] || at;
    this.open.push([nearestTurn(at[0], last[0]), at[1]]);
  }

  canClose() { return this.open !== null && this.open.length > 2; }

  close() {
    this.polygons = [[this.open]];
    this.open = null;
  }

  undo() {
    if (!this.open) return;
    this.open.pop();
    if (!this.open.length) this.open = null;
  }

  setCircle(at, radius) {
    this.empty();
    this.circle = { at, radius: Math.min(MOST_RADIUS_M, Math.max(LEAST_RADIUS_M, radius)) };
  }

  rings() { return this.polygons.flat(); }

  // The nearest handle within that many pixels: a circle's middle or rim, a corner, the middle of an edge.
  handleNear(sheet, spot, reach) {
    const all = this.circle
      ? [{ kind: "rim", at: rimOf(this.circle) }, { kind: "middle", at: this.circle.at }]
      : [...this.handles("corner"), ...this.handles("edge")];
    const [handle, apart] = all
      .map((one) => [one, pixelsBetween(sheet.spot(one.at), spot)])
      .reduce((best, one) => (one[1] < best[1] ? one : best), [null, Infinity]);
    return apart <= reach ? handle : null;
  }

  *handles(kind) {
    for (const ring of this.rings()) {
      for (let n = 0; n < ring.length; n++) {
        const next = ring[(n + 1) % ring.length];
        if (kind === "corner") yield { kind, ring, n, at: ring[n] };
        else yield { kind, ring, n, at: [(ring[n][0] + next[0]) / 2, (ring[n][1] + next[1]) / 2] };
      }
    }
  }

  take(handle) {
    if (handle.kind === "edge") {
      handle.ring.splice(handle.n + 1, 0, handle.at);
      handle = { kind: "corner", ring: handle.ring, n: handle.n + 1, at: handle.at };
    }
    this.held = handle;
  }

  moveHeld([longitude, latitude]) {
    // In the turn of the other corners.
    const at = [nearestTurn(longitude, this.held.at[0]), latitude];
    if (this.held.kind === "corner") this.held.ring[this.held.n] = at;
    else if (this.held.kind === "middle") this.circle.at = at;
    else this.circle.radius = Math.min(MOST_RADIUS_M, Math.max(LEAST_RADIUS_M, metresBetween(this.circle.at, at)));
    this.held.at = at;
  }

  // A ring keeps three corners.
  removeCorner(handle) {
    if (!handle || handle.kind !== "corner" || handle.ring.length < 4) return false;
    handle.ring.splice(handle.n, 1);
    this.held = null;
    return true;
  }

  draw(sheet, palette) {
    const pen = sheet.pen;
    if (this.circle) this.drawCircle(sheet, palette);
    pen.globalAlpha = 0.22;
    sheet.fill(this.polygons, palette.last);
    pen.globalAlpha = 1;
    sheet.stroke(this.rings(), palette.last, 2.5, [], true);
    const few = this.rings().reduce((sum, ring) => sum + ring.length, 0) <= 100;
    if (few) for (const handle of this.handles("edge")) sheet.dot(sheet.spot(handle.at), 3, palette.halo, palette.last);
    for (const handle of this.handles("corner")) {
      const held = this.held && this.held.ring === handle.ring && this.held.n === handle.n;
      sheet.dot(sheet.spot(handle.at), held ? 8 : 6, held ? palette.last : palette.halo, palette.last);
    }
    if (this.open) {
      sheet.stroke([this.open], palette.last, 2.5, [6, 5]);
      this.open.forEach((at, n) => sheet.dot(sheet.spot(at), n ? 5 : 8, n ? palette.halo : palette.last, palette.last));
    }
    if (this.centre) sheet.dot(sheet.spot(this.centre), 5, palette.last, palette.halo);
  }

  drawCircle(sheet, palette) {
    const pen = sheet.pen, at = sheet.spot(this.circle.at), rim = sheet.spot(rimOf(this.circle));
    pen.beginPath();
    pen.arc(at[0], at[1], this.circle.radius / sheet.metresAPixel(this.circle.at[1]), 0, 2 * Math.PI);
    pen.globalAlpha = 0.22;
    pen.fillStyle = palette.last;
    pen.fill();
    pen.globalAlpha = 1;
    pen.strokeStyle = palette.last;
    pen.lineWidth = 2.5;
    pen.stroke();
    sheet.dot(at, 6, palette.halo, palette.last);
    sheet.dot(rim, 6, palette.halo, palette.last);
  }
}

function rimOf({ at: [longitude, latitude], radius }) {
  return [longitude + radius * 360 / (EARTH_M * Math.cos(latitude * Math.PI / 180)), latitude];
}

function metresBetween([x1, y1], [x2, y2]) {
  const [a, b] = [y1 * Math.PI / 180, y2 * Math.PI / 180];
  const half = Math.sin((b - a) / 2) ** 2 + Math.cos(a) * Math.cos(b) * Math.sin((x2 - x1) * Math.PI / 360) ** 2;
  return EARTH_M / Math.PI * Math.asin(Math.sqrt(half));
}

function pixelsBetween([x1, y1], [x2, y2]) { return Math.hypot(x1 - x2, y1 - y2); }

function rounded(degrees) { return Math.round(degrees * 1e6) / 1e6; }
