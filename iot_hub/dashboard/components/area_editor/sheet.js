// The sheet: Mercator's projection onto the canvas, and everything that is drawn but not edited.

const EARTH_M = 40075016.7;
const LARGEST_ZOOM = 19;

class Sheet {
  constructor(canvas) {
    this.canvas = canvas;
    this.pen = canvas.getContext("2d");
    this.middle = { x: 0.5, y: 0.5 };
    this.zoom = 1;
  }

  get width() { return this.canvas.clientWidth; }
  get height() { return this.canvas.clientHeight; }
  get size() { return 256 * 2 ** this.zoom; }

  // Between [longitude, latitude] and pixels of the canvas; both go on beyond the antimeridian.
  pixel([longitude, latitude]) {
    const unit = toUnit(longitude, latitude);
    return [
      (unit.x - this.middle.x) * this.size + this.width / 2,
      (unit.y - this.middle.y) * this.size + this.height / 2,
    ];
  }

  // The pixel of that copy of a position which is nearest to the middle: beyond the antimeridian the world repeats.
  spot([longitude, latitude]) {
    return this.pixel([nearestTurn(longitude, (this.middle.x - 0.5) * 360), latitude]);
  }

  position([x, y]) {
    return fromUnit(
      this.middle.x + (x - this.width / 2) / this.size,
      this.middle.y + (y - this.height / 2) / this.size);
  }

  metresAPixel(latitude) { return EARTH_M * Math.cos(latitude * Math.PI / 180) / this.size; }

  move(dx, dy) {
    this.middle.x -= dx / this.size;
    this.middle.y = Math.min(1, Math.max(0, this.middle.y - dy / this.size));
    // Beyond the antimeridian the world repeats.
    this.middle.x -= Math.floor(this.middle.x);
  }

  zoomAt([x, y], by) {
    const from = this.zoom;
    this.zoom = Math.min(LARGEST_ZOOM, Math.max(0.5, from + by));
    const kept = 1 - 2 ** (from - this.zoom);
    const before = 256 * 2 ** from;
    this.middle.x += (x - this.width / 2) / before * kept;
    this.middle.y = Math.min(1, Math.max(0, this.middle.y + (y - this.height / 2) / before * kept));
  }

  fit([west, south, east, north]) {
    const [low, high] = [toUnit(west, south), toUnit(east, north)];
    this.middle = { x: (low.x + high.x) / 2, y: (low.y + high.y) / 2 };
    const across = Math.max(1e-9, high.x - low.x), along = Math.max(1e-9, low.y - high.y);
    const room = Math.min(this.width * 0.86 / across, this.height * 0.86 / along);
    this.zoom = Math.min(17, Math.max(0.5, Math.log2(room / 256)));
  }

  // Lay out a fresh sheet, as sharp as the screen is.
  clear(colour) {
    const sharp = window.devicePixelRatio || 1;
    const [width, height] = [Math.round(this.width * sharp), Math.round(this.height * sharp)];
    if (this.canvas.width !== width || this.canvas.height !== height) {
      [this.canvas.width, this.canvas.height] = [width, height];
    }
    this.pen.setTransform(sharp, 0, 0, sharp, 0, 0);
    this.pen.fillStyle = colour;
    this.pen.fillRect(0, 0, this.width, this.height);
  }

  // Everything may appear again, one turn of the world further.
  *turns() {
    const half = this.width / 2 / this.size;
    for (const turn of [-1, 0, 1]) {
      if (this.middle.x - half < turn + 1.5 && this.middle.x + half > turn - 0.5) yield turn * 360;
    }
  }

  trace(line, turn) {
    line.forEach(([longitude, latitude], n) => {
      const [x, y] = this.pixel([longitude + turn, latitude]);
      if (n) this.pen.lineTo(x, y); else this.pen.moveTo(x, y);
    });
  }

  fill(polygons, colour) {
    this.pen.fillStyle = colour;
    for (const turn of this.turns()) {
      for (const rings of polygons) {
        this.pen.beginPath();
        for (const ring of rings) { this.trace(ring, turn); this.pen.closePath(); }
        this.pen.fill("evenodd");
      }
    }
  }

  stroke(lines, colour, width, dash = [], closed = false) {
    this.pen.strokeStyle = colour;
    this.pen.lineWidth = width;
    this.pen.lineJoin = this.pen.lineCap = "round";
    this.pen.setLineDash(dash);
    for (const turn of this.turns()) {
      this.pen.beginPath();
      for (const line of lines) {
        this.trace(line, turn);
        if (closed) this.pen.closePath();
      }
      this.pen.stroke();
    }
    this.pen.setLineDash([]);
  }

  dot([x, y], radius, fill, line) {
    this.pen.beginPath();
    this.pen.arc(x, y, radius, 0, 2 * Math.PI);
    this.pen.fillStyle = fill;
    this.pen.fill();
    this.pen.strokeStyle = line;
    this.pen.lineWidth = 2;
    this.pen.stroke();
  }

  label(text, [x, y], align, palette, size = 11) {
    this.pen.font = `${size}px system-ui, sans-serif`;
    this.pen.textAlign = align;
    this.pen.textBaseline = "middle";
    this.pen.lineWidth = 4;
    this.pen.strokeStyle = palette.halo;
    this.pen.globalAlpha = 0.8;
    this.pen.strokeText(text, x, y);
    this.pen.globalAlpha = 1;
    this.pen.fillStyle = palette.ink;
    this.pen.fillText(text, x, y);
  }
}

// The coarse world of each address, once it is loaded; the editor draws without it until then.
const worlds = new Map();

async function loadWorld(address) {
  if (worlds.has(address)) return false;
  worlds.set(address, []);
  const response = await fetch(address);
  if (response.ok) worlds.set(address, await response.json()); else worlds.delete(address);
  return response.ok;
}

function drawGround(sheet, land, palette) {
  sheet.clear(palette.sea);
  sheet.fill(worlds.get(land.world) ?? [], palette.land);
  if (sheet.zoom < 5) return;
  const seas = land.boxes.map(([west, south, east, north]) => [[[west, south], [west, north], [east, north], [east, south]]]);
  sheet.fill(seas, palette.sea);
  sheet.fill(land.polygons, palette.land);
  sheet.stroke(land.shores, palette.coast, 1);
}

function drawGrid(sheet, palette) {
  const [west, north] = sheet.position([0, 0]), [east, south] = sheet.position([sheet.width, sheet.height]);
  const least = (east - west) * 90 / sheet.width;
  const step = [0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 30]
    .find((degrees) => degrees >= least) || 45;
  const decimals = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
  const named = (value, sides) => `${Math.abs(value).toFixed(decimals)}°${Math.abs(value) < 1e-9 ? "" : sides[+(value < 0)]}`;
  const pen = sheet.pen;
  const along = multiples(step, west, east).map((at) => ({ at, x: sheet.pixel([at, 0])[0] }));
  const across = multiples(step, south, north).map((at) => ({ at, y: sheet.pixel([0, at])[1] }));
  pen.strokeStyle = palette.grid;
  pen.lineWidth = 1;
  pen.beginPath();
  for (const { x } of along) { pen.moveTo(x, 0); pen.lineTo(x, sheet.height); }
  for (const { y } of across) { pen.moveTo(0, y); pen.lineTo(sheet.width, y); }
  pen.stroke();
  for (const { at, x } of along) {
    const longitude = at - 360 * Math.floor((at + 180) / 360);
    if (x > 130 && x < sheet.width - 25) sheet.label(named(longitude, "EW"), [x, sheet.height - 11], "center", palette);
  }
  for (const { at, y } of across) {
    if (y > 12 && y < sheet.height - 55) sheet.label(named(at, "NS"), [6, y], "left", palette);
  }
}

function multiples(step, low, high) {
  const first = Math.ceil(low / step);
  return Array.from({ length: Math.max(0, Math.floor(high / step) - first + 1) }, (_, n) => (first + n) * step);
}

function drawScale(sheet, palette) {
  const pixel = sheet.metresAPixel(sheet.position([sheet.width / 2, sheet.height / 2])[1]);
  const most = pixel * 90, power = 10 ** Math.floor(Math.log10(most));
  const metres = [5, 2, 1].map((n) => n * power).find((length) => length <= most);
  const y = sheet.height - 14, end = 10 + metres / pixel;
  const pen = sheet.pen;
  pen.strokeStyle = palette.ink;
  pen.lineWidth = 2;
  pen.beginPath(); pen.moveTo(10, y - 4); pen.lineTo(10, y); pen.lineTo(end, y); pen.lineTo(end, y - 4); pen.stroke();
  sheet.label(metres >= 1000 ? `${metres / 1000} km` : `${metres} m`, [12, y - 12], "left", palette);
}

function nearestTurn(longitude, other) { return longitude + 360 * Math.round((other - longitude) / 360); }

function toUnit(longitude, latitude) {
  const sine = Math.sin(Math.max(-85.05, Math.min(85.05, latitude)) * Math.PI / 180);
  return { x: longitude / 360 + 0.5, y: 0.5 - Math.log((1 + sine) / (1 - sine)) / (4 * Math.PI) };
}

function fromUnit(x, y) {
  return [(x - 0.5) * 360, Math.atan(Math.sinh(Math.PI * (1 - 2 * y))) * 180 / Math.PI];
}
