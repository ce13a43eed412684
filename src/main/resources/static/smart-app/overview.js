// What the patient has, where in the course they are, and what the guideline says now.

import { el } from './shared/dom.js';
import { advice, lacks, why } from './parts.js';
import { t } from './text.js';

/** The verdict as sign and word: the sign tells without the colour. */
export function verdict(code) {
  const marks = { applies: '✓', 'does-not-apply': '✕', undecided: '?', 'not-computable': '–' };
  return el('span', { class: `verdict ${code}` }, el('span', { 'aria-hidden': 'true' }, `${marks[code]} `), t().verdict[code]);
}

/** What the look of a box of the summary follows: unknown, a list of drugs, or more text than others. */
const shape = (line) => [
  line.value === null && 'unknown',
  ['refractory', 'intolerant'].includes(line.key) && 'list',
  line.note.length + line.missing.join(', ').length > 60 && 'long',
].filter(Boolean).join(' ');

export function overview(view, app) {
  const text = t();
  return [
    el('section', { 'aria-labelledby': 'status-title' },
      el('h2', { id: 'status-title' }, text.status),
      el('dl', { class: 'summary' }, view.summary.map((line) => el('div', { class: shape(line) },
        el('dt', {}, line.label),
        el('dd', {},
          el('strong', {}, line.value ?? text.unknown),
          line.note && el('span', { class: 'note' }, line.note),
          line.missing.length > 0 && el('span', { class: 'note' }, `${text.lacks}: ${line.missing.join(', ')}`),
          why(line.statement, app, line.label)))))),
    el('section', { 'aria-labelledby': 'now-title' },
      el('h2', { id: 'now-title' }, text.now),
      view.now.length === 0
        // Of a patient who was not read nobody can say that there is no advice.
        ? el('p', { class: 'empty' }, view.record.patient ? text.nowNone : text.nowUnread)
        : view.now.map((each) => advice(each, view, app, { open: each.indicator === 'critical' }))),
    el('section', { 'aria-labelledby': 'criteria-title' },
      el('h2', { id: 'criteria-title' }, text.criteria),
      // Once treated, today's results say nothing against the diagnosis.
      view.timeline.lines.length > 0
        ? el('details', {}, el('summary', {}, text.criteriaNow), criteria(view, app))
        : [el('p', { class: 'quiet' }, text.criteriaLead), criteria(view, app)]),
  ];
}

/** The criteria with the values they were judged on. */
function criteria(view, app) {
  const text = t();
  return el('div', { class: 'scroll', tabindex: '0', role: 'group', 'aria-label': text.criteria },
    el('table', { class: 'criteria' },
      el('thead', {}, el('tr', {},
        el('th', { scope: 'col' }, text.criterion), el('th', { scope: 'col' }, text.verdict.applies + '?'),
        el('th', { scope: 'col' }, text.patientValue),
        el('th', { scope: 'col' }, text.date), el('th', { scope: 'col' }, text.limit))),
      el('tbody', {}, view.criteria.map((each) => el('tr', {},
        el('th', { scope: 'row' }, each.title, ' ', why(each.id, app, each.title)),
        el('td', {}, verdict(each.verdict)),
        el('td', {}, each.facts.length > 0
          ? each.facts.map((fact) => el('div', {}, `${fact.name}: `, el('strong', {}, fact.value)))
          : null,
        lacks(each.missing, app)),
        el('td', { class: 'short' }, [...new Set(each.facts.map((fact) => fact.date).filter(Boolean))].map((day) => el('div', {}, day))),
        el('td', { class: 'short' }, each.facts.filter((fact) => fact.threshold).map((fact) => el('div', {}, fact.threshold))))))));
}
