// Which edges of a graph are shown, and the paths through a node. No drawing here.
const MOST_DRAWN = 3000;

class GraphEdges {
  constructor(data) {
    this.data = data;
    this.all = [];
    data.circuits.forEach((circuit, i) => {
      if (!circuit.edges) return;
      const { from, to, port, effect, kept } = circuit.edges;
      for (let e = 0; e < from.length; e++)
        this.all.push({ circuit: i, from: from[e], to: to[e], port: +port[e], effect: effect[e] ?? 0, size: Math.abs(effect[e] ?? 0), kept: kept[e] === '1' });
    });
    this.all.sort((a, b) => b.size - a.size);
    this.ranked = this.all;
  }

  // Takes a choice of circuits and verdicts; what passes is ranked by size.
  choose(isOn, keptOnly) {
    this.ranked = this.all.filter(edge => isOn(edge.circuit) && (edge.kept || !keptOnly));
    this.most = this.ranked.length ? this.ranked[0].size : 0;
  }

  // The strongest edges; in merged form q, k and v of one head become one edge that lists its parts.
  strongest(count, split) {
    const taken = this.ranked.slice(0, Math.min(count, MOST_DRAWN));
    if (split) return taken.map(edge => ({ ...edge, parts: [edge] }));
    const merged = new Map();
    for (const edge of taken) {
      const key = (edge.circuit * 70000 + edge.from) * 70000 + edge.to;
      const there = merged.get(key);
      if (there) there.parts.push(edge);
      else merged.set(key, { ...edge, port: 0, parts: [edge] });
    }
    return [...merged.values()];
  }

  // The edges that lie on a path through a node, and the nodes on them.
  static through(node, shown) {
    const outOf = new Map(), into = new Map();
    const push = (map, key, edge) => map.has(key) ? map.get(key).push(edge) : map.set(key, [edge]);
    for (const edge of shown) { push(outOf, edge.from, edge); push(into, edge.to, edge); }
    const edges = new Set(), nodes = new Set([node]);
    const walk = (map, end) => {
      const todo = [node], seen = new Set([node]);
      while (todo.length)
        for (const edge of map.get(todo.pop()) || []) {
          edges.add(edge);
          nodes.add(edge[end]);
          if (!seen.has(edge[end])) { seen.add(edge[end]); todo.push(edge[end]); }
        }
    };
    walk(outOf, 'to');
    walk(into, 'from');
    return { edges, nodes };
  }
}

// The same rule as GraphLayout.Curve.
function edgeCurve(layout, data, edge, shift) {
  const mlpRow = layout.y[data.names.length - 2];
  const x1 = layout.x[edge.from] + layout.w[edge.from] / 2, y1 = layout.y[edge.from] + shift;
  const x2 = layout.x[edge.to] - layout.w[edge.to] / 2;
  const y2 = layout.y[edge.to] + shift + (edge.port === 0 ? 0 : (edge.port - 2) * layout.portStep);
  const along = Math.max(14, (x2 - x1) * 0.42);
  let bow = 0;
  if (layout.y[edge.from] === layout.y[edge.to] && x2 - x1 > layout.step * 0.7)
    bow = layout.y[edge.from] === mlpRow ? Math.min(layout.deepest, 22 + (x2 - x1) * 0.06) : -(layout.nodeHeight + 8) * 0.66;
  return [x1, y1, x1 + along, y1 + bow, x2 - along, y2 + bow, x2, y2];
}

// The distance of a point from a curve, by sixteen chords.
function curveDistance(c, x, y) {
  let best = Infinity, px = c[0], py = c[1];
  for (let i = 1; i <= 16; i++) {
    const t = i / 16, u = 1 - t;
    const qx = u * u * u * c[0] + 3 * u * u * t * c[2] + 3 * u * t * t * c[4] + t * t * t * c[6];
    const qy = u * u * u * c[1] + 3 * u * u * t * c[3] + 3 * u * t * t * c[5] + t * t * t * c[7];
    const dx = qx - px, dy = qy - py;
    const s = Math.max(0, Math.min(1, ((x - px) * dx + (y - py) * dy) / (dx * dx + dy * dy || 1)));
    best = Math.min(best, Math.hypot(px + s * dx - x, py + s * dy - y));
    px = qx; py = qy;
  }
  return best;
}
