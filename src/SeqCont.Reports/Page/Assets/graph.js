// Draws a graph's edges on a canvas beneath its nodes, and lets the reader filter, point and follow paths.
for (const view of document.querySelectorAll('[data-graph]')) graphView(view);

function graphView(view) {
  const data = JSON.parse(view.querySelector('.graph-data').textContent);
  const edges = new GraphEdges(data);
  const find = name => view.querySelector(name);
  const [slider, output, keptOnly, splitQkv, clear, paths] = ['.threshold', 'output', '.kept-only', '.split-qkv', '.clear', '.paths'].map(find);
  const chips = [...view.querySelectorAll('.chip input')];
  const stages = ['merged', 'split'].map(name => find('.scroller.' + name + ' .stage')).filter(stage => stage !== null);
  const nodeOf = new Map(stages.map(stage => [stage, [...stage.querySelectorAll('.node')]]));
  let shown = [], curves = [], lit = null, chosen = -1, pointed = -1;

  const isOn = circuit => chips.length === 0 || chips[circuit].checked;
  const onCount = () => data.circuits.filter((_, i) => isOn(i)).length;
  const isSplit = () => Boolean(splitQkv && splitQkv.checked);
  const stage = () => stages[isSplit() ? 1 : 0];
  const layout = () => isSplit() ? data.split : data.merged;
  const number = (value, digits) => value.toFixed(digits).replace('-', '\u2212');
  const points = value => (value >= 0 ? '' : '\u2212') + Math.abs(100 * value).toPrecision(3);

  // A narrow page shrinks the nodes' picture; the canvas beneath follows it.
  const shrink = () => (stage().querySelector('.picture').getBoundingClientRect().width || layout().width) / layout().width;

  function choose() {
    edges.choose(isOn, Boolean(keptOnly && keptOnly.checked));
    if (slider) find('.effects').hidden = onCount() > 1;
    markNodes();
    filter();
  }

  // The slider runs over ranks, on a logarithmic scale: each of its steps adds as large a share of edges.
  function filter() {
    const ranked = edges.ranked;
    const count = ranked.length === 0 ? 0 : Math.round(Math.exp(slider.value / 1000 * Math.log(ranked.length)));
    shown = slider ? edges.strongest(count, isSplit()) : [];
    if (output) {
      const drawn = Math.min(count, MOST_DRAWN);
      const least = drawn > 0 ? ranked[drawn - 1].size : 0;
      output.textContent = drawn.toLocaleString('en') + ' of ' + ranked.length.toLocaleString('en') + (drawn > 0 ? ' \u00b7 \u2265 ' + (100 * least).toPrecision(2) + ' points' : '');
      slider.setAttribute('aria-valuetext', output.textContent);
    }
    light();
  }

  function light() {
    lit = chosen < 0 ? null : GraphEdges.through(chosen, shown);
    for (const list of nodeOf.values())
      list.forEach((node, i) => {
        node.classList.toggle('dim', lit !== null && !lit.nodes.has(i));
        node.classList.toggle('chosen', i === chosen);
      });
    clear.hidden = chosen < 0;
    describe();
    draw();
  }

  function markNodes() {
    for (const list of nodeOf.values())
      for (const node of list) {
        const stripes = [...node.querySelectorAll('.stripe')];
        for (const stripe of stripes) stripe.style.display = isOn(+stripe.dataset.circuit) ? '' : 'none';
        if (stripes.length) node.style.opacity = stripes.some(stripe => stripe.style.display === '') ? '' : '0.25';
      }
  }

  function draw() {
    const at = stage(), canvas = at.querySelector('canvas'), plan = layout();
    const scale = shrink(), ratio = scale * Math.min(devicePixelRatio || 1, 2);
    canvas.width = Math.round(plan.width * ratio);
    canvas.height = Math.round(plan.height * ratio);
    canvas.style.width = plan.width * scale + 'px';
    canvas.style.height = plan.height * scale + 'px';
    const pen = canvas.getContext('2d');
    pen.scale(ratio, ratio);
    const several = onCount() > 1;
    const names = several ? data.circuits.map((_, i) => 'series-' + i % 6) : ['accent', 'contra'];
    const colours = names.map(theme.colour);
    const middle = (data.circuits.length - 1) / 2;
    curves = shown.map(edge => edgeCurve(plan, data, edge, several ? (edge.circuit - middle) * 2.4 : 0));
    const isLit = edge => lit !== null ? lit.edges.has(edge) : pointed < 0 || edge.from === pointed || edge.to === pointed;
    const order = shown.map((_, i) => i).reverse().sort((a, b) => isLit(shown[a]) - isLit(shown[b]));
    for (const i of order) {
      const edge = shown[i], c = curves[i], strength = edges.most > 0 ? Math.sqrt(edge.size / edges.most) : 0;
      pen.globalAlpha = isLit(edge) ? (pointed >= 0 || lit ? 0.45 + 0.5 * strength : 0.16 + 0.7 * strength) : 0.05;
      pen.strokeStyle = several ? colours[edge.circuit] : colours[edge.effect < 0 ? 1 : 0];
      pen.lineWidth = 0.7 + 2.3 * strength * strength;
      pen.setLineDash(edge.kept ? [] : [4, 3]);
      pen.beginPath();
      pen.moveTo(c[0], c[1]);
      pen.bezierCurveTo(c[2], c[3], c[4], c[5], c[6], c[7]);
      pen.stroke();
    }
    at.dataset.drawn = shown.length;
    at.dataset.lit = lit ? lit.edges.size : '';
  }

  function nodeText(i) {
    const lines = [data.names[i]];
    const isEnd = i === 0 || i === data.names.length - 1;
    data.circuits.forEach((circuit, c) => {
      if (!isOn(c) || isEnd) return;
      const score = circuit.scores[i];
      const verdict = circuit.kept[i] ? 'kept' : 'ablated';
      const what = score === null ? '' : ', score without it ' + number(score, 2) + ' %';
      lines.push((data.circuits.length > 1 ? circuit.label + ': ' : '') + verdict + what);
    });
    if (slider) {
      const touching = shown.filter(edge => edge.from === i || edge.to === i);
      lines.push(touching.filter(edge => edge.to === i).length + ' edges in, ' + touching.filter(edge => edge.from === i).length + ' out');
    }
    return lines.join('\n');
  }

  function edgeText(edge) {
    const lines = [data.names[edge.from] + ' \u2192 ' + data.names[edge.to]];
    const circuit = data.circuits[edge.circuit];
    if (data.circuits.length > 1) lines.push(circuit.label);
    for (const part of edge.parts) {
      const ratio = circuit.unpatched - part.effect;
      const metric = circuit.full === undefined ? '' : ', logit difference ' + number(ratio * circuit.full, 3);
      lines.push((part.port ? 'qkv'[part.port - 1] + ': ' : '') + points(part.effect) + ' points lost, ' + number(100 * ratio, 2) + ' % left' + metric + (part.kept ? '' : ', not kept'));
    }
    return lines.join('\n');
  }

  function describe() {
    paths.replaceChildren();
    paths.hidden = chosen < 0;
    if (chosen < 0) return;
    const add = (parent, name, text, cls) => {
      const element = parent.appendChild(document.createElement(name));
      if (text !== undefined) element.textContent = text;
      if (cls) element.className = cls;
      return element;
    };
    const facts = add(paths, 'div', undefined, 'facts');
    const [name, ...rest] = nodeText(chosen).split('\n');
    add(facts, 'h3', name);
    for (const line of rest) add(facts, 'p', line);
    const list = (title, own, other) => {
      const rows = shown.filter(edge => edge[own] === chosen).flatMap(edge => edge.parts).sort((a, b) => b.size - a.size).slice(0, 12);
      if (rows.length === 0) return;
      const table = add(add(paths, 'div'), 'table');
      add(table, 'caption', title);
      const body = add(table, 'tbody');
      for (const edge of rows) {
        const row = add(body, 'tr');
        add(row, 'th', data.names[edge[other]] + (own === 'from' && edge.port ? ' ' + 'qkv'[edge.port - 1] : ''));
        if (own === 'to') add(row, 'td', edge.port ? 'qkv'[edge.port - 1] : '');
        if (data.circuits.length > 1) add(row, 'td', data.circuits[edge.circuit].label);
        add(row, 'td', points(edge.effect), 'number');
      }
    };
    list('Strongest edges in, points lost', 'to', 'from');
    list('Strongest edges out, points lost', 'from', 'to');
  }

  function toggle(i) {
    chosen = chosen === i ? -1 : i;
    light();
  }

  function point(i) {
    if (pointed === i) return;
    pointed = i;
    draw();
  }

  function pointerMoved(event) {
    const node = event.target.closest('.node');
    if (node) {
      const i = +node.dataset.node;
      point(i);
      tips.show(nodeText(i), event.clientX, event.clientY);
      return;
    }
    point(-1);
    const box = stage().getBoundingClientRect(), scale = shrink();
    let best = 5, nearest = -1;
    curves.forEach((curve, i) => {
      if (lit && !lit.edges.has(shown[i])) return;
      const distance = curveDistance(curve, (event.clientX - box.left) / scale, (event.clientY - box.top) / scale);
      if (distance < best) { best = distance; nearest = i; }
    });
    if (nearest >= 0) tips.show(edgeText(shown[nearest]), event.clientX, event.clientY);
    else tips.hide();
  }

  function step(from, key) {
    const plan = layout();
    const isAhead = { ArrowRight: i => plan.x[i] > plan.x[from] + 1, ArrowLeft: i => plan.x[i] < plan.x[from] - 1,
      ArrowDown: i => plan.y[i] > plan.y[from] + 1 && Math.abs(plan.x[i] - plan.x[from]) < plan.step, ArrowUp: i => plan.y[i] < plan.y[from] - 1 && Math.abs(plan.x[i] - plan.x[from]) < plan.step }[key];
    const isVertical = key === 'ArrowDown' || key === 'ArrowUp';
    const cost = i => {
      const dx = Math.abs(plan.x[i] - plan.x[from]), dy = Math.abs(plan.y[i] - plan.y[from]);
      return isVertical ? dy + 8 * dx : dx + dy / 2;
    };
    let best = -1;
    nodeOf.get(stage()).forEach((node, i) => {
      if (node.classList.contains('ablated') || !isAhead(i)) return;
      if (best < 0 || cost(i) < cost(best)) best = i;
    });
    return best;
  }

  for (const at of stages) {
    const list = nodeOf.get(at);
    const first = list.findIndex(node => !node.classList.contains('ablated'));
    let waiting = null;
    at.addEventListener('pointermove', event => {
      if (waiting === null) requestAnimationFrame(() => { const last = waiting; waiting = null; if (last) pointerMoved(last); });
      waiting = event;
    });
    at.addEventListener('pointerleave', () => { waiting = null; point(-1); tips.hide(); });
    at.addEventListener('click', event => {
      const node = event.target.closest('.node:not(.ablated)');
      if (node) toggle(+node.dataset.node);
    });
    list.forEach((node, i) => {
      if (node.classList.contains('ablated')) return;
      node.setAttribute('tabindex', i === first ? '0' : '-1');
      node.setAttribute('role', 'button');
      node.setAttribute('aria-label', data.names[i]);
      node.addEventListener('focus', () => {
        for (const other of list) if (other.hasAttribute('tabindex')) other.setAttribute('tabindex', other === node ? '0' : '-1');
        if (!node.matches(':focus-visible')) return;
        point(i);
        requestAnimationFrame(() => tips.showAt(node, nodeText(i)));
      });
      node.addEventListener('blur', () => { point(-1); tips.hide(); });
      node.addEventListener('keydown', event => {
        if (event.key === 'Enter' || event.key === ' ') toggle(i);
        else if (event.key === 'Escape') { chosen = -1; tips.hide(); light(); }
        else if (event.key.startsWith('Arrow')) { const next = step(i, event.key); if (next >= 0) list[next].focus({ focusVisible: true }); }
        else return;
        event.preventDefault();
      });
    });
  }

  for (const chip of chips) chip.addEventListener('change', choose);
  clear.addEventListener('click', () => { chosen = -1; light(); });
  if (slider) {
    slider.addEventListener('input', filter);
    keptOnly.addEventListener('change', choose);
    splitQkv.addEventListener('change', () => {
      find('.scroller.merged').hidden = isSplit();
      find('.scroller.split').hidden = !isSplit();
      filter();
    });
    // What a reader can take in at first sight.
    keptOnly.checked = edges.all.some(edge => edge.kept);
    edges.choose(isOn, keptOnly.checked);
    slider.value = edges.ranked.length <= 160 ? 1000 : 1000 * Math.log(160) / Math.log(edges.ranked.length);
  }
  theme.onChange(draw);
  addEventListener('resize', draw);
  choose();
}
