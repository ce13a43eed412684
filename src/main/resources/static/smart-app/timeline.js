// Results over time with the lines of therapy behind them. The table holds the same for those who
// do not see the charts.

import { el } from './shared/dom.js';
import uPlot from './uplot/uPlot.esm.js';
import { current, date, t } from './text.js';

const COLOURS = ['#12395b', '#a1350d', '#17663a'];
const DAY = 86400;
const seconds = (day) => Date.parse(`${day}T12:00:00Z`) / 1000;

export function timeline(view) {
  const text = t();
  const { series, lines, marks } = view.timeline;
  if (series.length === 0 && lines.length === 0 && marks.length === 0) {
    return el('p', { class: 'empty' }, text.noResults);
  }
  const panels = [...new Set(series.map((each) => each.panel))];
  return [
    el('h2', {}, text.tab.timeline),
    series.length > 0 && el('p', { class: 'quiet' }, text.hover),
    el('div', { class: 'charts' }, panels.map((panel) =>
      chart(panel, series.filter((each) => each.panel === panel), view))),
    (lines.length > 0 || marks.length > 0) && el('section', { 'aria-labelledby': 'lines-title' },
      el('h3', { id: 'lines-title' }, text.lines),
      history(lines, marks)),
    series.length > 0 && el('details', { class: 'as-table' }, el('summary', {}, text.asTable), table(series)),
  ];
}

/** Lines and events as a table, oldest first. */
export function history(lines, marks) {
  const text = t();
  const rows = [
    ...lines.map((line) => ({ day: line.start, cells: [line.title, date(line.start), line.end ? date(line.end) : text.ongoing] })),
    ...marks.map((mark) => ({ day: mark.day, cells: [label(mark), date(mark.day), ''] })),
  ].sort((a, b) => a.day.localeCompare(b.day));
  return el('table', { class: 'facts' },
    el('thead', {}, el('tr', {}, [text.lineOrEvent, text.from, text.to].map((head) => el('th', { scope: 'col' }, head)))),
    el('tbody', {}, rows.map(({ cells }) => el('tr', {},
      el('th', { scope: 'row', class: 'written' }, cells[0]), el('td', { class: 'short' }, cells[1]), el('td', { class: 'short' }, cells[2])))));
}

function label(mark) {
  const text = t();
  return mark.kind === 'response' ? `${text.event.response}: ${mark.title}` : text.event[mark.kind];
}

function table(series) {
  const text = t();
  const days = [...new Set(series.flatMap((each) => each.points.map((point) => point.day)))].sort().reverse();
  return el('div', { class: 'scroll', tabindex: '0', role: 'group', 'aria-label': text.tableCaption }, el('table', { class: 'facts' },
    el('caption', {}, text.tableCaption),
    el('thead', {}, el('tr', {}, el('th', { scope: 'col' }, text.date),
      series.map((each) => el('th', { scope: 'col' }, `${each.name}${each.unit ? ` (${each.unit})` : ''}`)))),
    el('tbody', {}, days.map((day) => el('tr', {}, el('th', { scope: 'row' }, date(day)),
      series.map((each) => el('td', {}, each.points.find((point) => point.day === day)?.shown ?? '')))))));
}

function chart(panel, series, view) {
  const text = t();
  const last = series[0].points.at(-1);
  const title = `${text.panel[panel]}${series[0].unit ? `, ${series[0].unit}` : ''}`;
  const tip = el('div', { class: 'tip', hidden: true });
  const place = el('div', { class: 'plot', role: 'img', 'aria-label': text.chartLabel(text.panel[panel], series.reduce((n, s) => n + s.points.length, 0), `${last.shown} ${date(last.day)}`) });
  const box = el('figure', { class: 'chart' },
    el('figcaption', {}, el('strong', {}, title),
      series.length === 1
        ? el('span', { class: 'last' }, `${last.shown.trim()} · ${date(last.day)}`)
        : el('span', { class: 'key' }, series.map((each, i) => {
          const newest = each.points.at(-1);
          const next = series[i + 1];
          // One date is enough where the results are of one day.
          return el('span', { class: `key-${i}` },
            `${each.name} ${newest.shown.trim()}${next?.points.at(-1).day === newest.day ? '' : ` · ${date(newest.day)}`}`);
        }))),
    place, tip);
  new ResizeObserver(([entry], observer) => {
    const width = Math.floor(entry.contentRect.width);
    if (width === 0 || !place.isConnected) return;
    if (place.plot) place.plot.setSize({ width, height: 170 });
    else place.plot = draw(place, tip, panel, series, view, width);
    if (!box.isConnected) observer.disconnect();
  }).observe(place);
  return box;
}

function draw(place, tip, panel, series, { timeline: { series: all, lines, marks } }, width) {
  const days = [...new Set(series.flatMap((each) => each.points.map((point) => point.day)))].sort();
  const data = [days.map(seconds), ...series.map((each) =>
    days.map((day) => each.points.find((point) => point.day === day)?.value ?? null))];
  // All charts share the days they cover, so that they can be read one above the other.
  const covered = [
    ...all.flatMap((each) => each.points.map((point) => point.day)),
    ...lines.flatMap((line) => [line.start, line.end]), ...marks.map((mark) => mark.day),
  ].filter(Boolean).map(seconds);
  const first = Math.min(...covered);
  const end = Math.max(...covered);
  const margin = Math.max((end - first) * 0.03, 10 * DAY);
  const values = series.flatMap((each) => each.points.map((point) => point.value));
  const log = panel === 'flc';
  const options = {
    width,
    height: 170,
    tzDate: (ts) => uPlot.tzDate(new Date(ts * 1000), 'UTC'),
    legend: { show: false },
    cursor: { y: false, sync: { key: 'marg' }, points: { size: 9 } },
    scales: {
      x: { range: [first - margin, end + margin] },
      y: log
        ? { distr: 3, range: [Math.max(0.1, Math.min(...values) / 2), Math.max(...values) * 2] }
        : { range: [Math.max(0, Math.min(...values) * 0.8), Math.max(...values) * 1.15 || 1] },
    },
    axes: [
      { values: (plot, ticks) => ticks.map((tick) => axisDay(tick, end - first)), space: 70, size: 34, stroke: '#4c5a68', grid: { stroke: '#e3e8ed' } },
      { stroke: '#4c5a68', grid: log ? { stroke: '#e3e8ed', filter: labelled } : { stroke: '#e3e8ed' }, ticks: { show: false }, size: 56, values: (plot, ticks) => ticks.map((tick) => (tick === null ? '' : current() === 'en' ? String(tick) : String(tick).replace('.', ','))) },
    ],
    series: [{}, ...series.map((each, i) => ({
      label: each.name, stroke: COLOURS[i], width: 2, spanGaps: true, dash: i === 0 ? undefined : [6, 3],
      points: { show: true, size: 8, fill: COLOURS[i] },
    }))],
    hooks: {
      drawClear: [(plot) => bands(plot, lines, false)],
      draw: [(plot) => bands(plot, lines, true), (plot) => events(plot, marks)],
      setCursor: [(plot) => hover(plot, tip, series, days)],
    },
  };
  return new uPlot(options, data, place);
}

/** On a logarithmic axis only powers of ten have a label, and so a line. */
const labelled = (plot, ticks) => ticks.map((tick) => (Math.abs(Math.log10(tick) % 1) < 1e-6 ? tick : null));

function axisDay(tick, span) {
  const day = new Date(tick * 1000).toISOString().slice(0, 10);
  return span > 900 * DAY ? day.slice(0, 4) : span > 90 * DAY ? date(day).replace(/^0?\d+[. ]/, '') : date(day);
}

/** The ground of each line of therapy, and over the grid its name. */
function bands(plot, lines, named) {
  const { ctx, bbox } = plot;
  ctx.save();
  ctx.beginPath();
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
  ctx.clip();
  ctx.font = `${11 * devicePixelRatio}px sans-serif`;
  ctx.textAlign = 'left';
  ctx.textBaseline = 'top';
  lines.forEach((line, i) => {
    const from = plot.valToPos(seconds(line.start), 'x', true);
    const to = line.end ? plot.valToPos(seconds(line.end), 'x', true) : bbox.left + bbox.width;
    if (!named) {
      ctx.fillStyle = i % 2 ? '#e4eefa' : '#eaf3e6';
      ctx.fillRect(from, bbox.top, Math.max(to - from, 2), bbox.height);
      return;
    }
    ctx.save();
    ctx.beginPath();
    ctx.rect(from, bbox.top, Math.max(to - from, 18 * devicePixelRatio), bbox.height);
    ctx.clip();
    ctx.fillStyle = '#37474f';
    ctx.fillText(line.number ? `L${line.number}` : line.title, from + 3 * devicePixelRatio, bbox.top + 3 * devicePixelRatio);
    ctx.restore();
  });
  ctx.restore();
}

// A solid line is a transplant, a dashed one progression, a dotted one a response.
const DASHES = { transplant: [], progression: [7, 4], response: [2, 3] };
const INKS = { transplant: '#5b2a86', progression: '#b3261e', response: '#17663a' };

function events(plot, marks) {
  const { ctx, bbox } = plot;
  ctx.save();
  ctx.font = `${10.5 * devicePixelRatio}px sans-serif`;
  ctx.textBaseline = 'bottom';
  let row = 0;
  for (const mark of marks) {
    const x = plot.valToPos(seconds(mark.day), 'x', true);
    ctx.strokeStyle = INKS[mark.kind];
    ctx.fillStyle = INKS[mark.kind];
    ctx.lineWidth = 1.5 * devicePixelRatio;
    ctx.setLineDash(DASHES[mark.kind].map((length) => length * devicePixelRatio));
    ctx.beginPath();
    ctx.moveTo(x, bbox.top);
    ctx.lineTo(x, bbox.top + bbox.height);
    ctx.stroke();
    const name = mark.kind === 'response' ? mark.title : t().event[mark.kind];
    const right = x > bbox.left + bbox.width * 0.8;
    ctx.textAlign = right ? 'right' : 'left';
    ctx.fillText(name, x + (right ? -4 : 4) * devicePixelRatio, bbox.top + bbox.height - (3 + 13 * (row % 2)) * devicePixelRatio);
    row += 1;
  }
  ctx.restore();
}

function hover(plot, tip, series, days) {
  const { idx, left } = plot.cursor;
  const found = idx === null || idx === undefined || left < 0 ? [] : series.flatMap((each) => {
    const point = each.points.find((one) => one.day === days[idx]);
    return point ? [el('div', {}, el('strong', {}, `${each.name}: ${point.shown}`), el('div', { class: 'reference' }, point.reference))] : [];
  });
  tip.hidden = found.length === 0;
  if (found.length > 0) {
    tip.replaceChildren(el('div', {}, date(days[idx])), ...found);
    const width = tip.offsetWidth;
    tip.style.left = `${Math.max(0, Math.min(left + 70, tip.parentElement.clientWidth - width - 8))}px`;
  }
}
