// When the page's pictures were last drawn, in milliseconds of its clock: a map by its draw calls, a chart by any
// change of its elements or of its canvas. And when the map's legend first named what is drawn. A frame writes into the
// page around it, by that page's clock.
(() => {
  const drawn = (top.__drawn ??= { map: 0, chart: 0, legend: 0 });
  const now = () => performance.timeOrigin + performance.now() - top.performance.timeOrigin;
  const MAP = '[data-testid=stDeckGlJsonChart], canvas[role=application]';
  const LEGEND = '#legend li';
  const CHART = '[data-testid=stVegaLiteChart]';
  const wrap = (type, names, note) => {
    for (const name of names) {
      const original = type.prototype[name];
      type.prototype[name] = function (...given) {
        note(this.canvas);
        return original.apply(this, given);
      };
    }
  };
  wrap(WebGL2RenderingContext, ['drawArrays', 'drawElements', 'drawArraysInstanced', 'drawElementsInstanced'], () => {
    drawn.map = now();
  });
  wrap(CanvasRenderingContext2D, ['fill', 'stroke', 'fillText', 'fillRect'], canvas => {
    if (!canvas.closest) return;
    if (canvas.closest(CHART)) drawn.chart = now();
    else if (canvas.closest(MAP)) drawn.map = now();
  });
  new MutationObserver(changes => {
    if (changes.some(change => change.target.closest?.(CHART))) drawn.chart = now();
    if (!drawn.legend && document.querySelector(LEGEND)) drawn.legend = now();
  }).observe(document, { subtree: true, childList: true, attributes: true });
})();
