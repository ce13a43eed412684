// The trace of a statement: what the guideline says, on which facts, and the rule as it is run.

import { el, fill } from './shared/dom.js';
import * as api from './api.js';
import { facts, lacks } from './parts.js';
import { t } from './text.js';

/** Opens the dialog on a statement; focus returns to where it was when it closes. */
export async function explain(dialog, id, app) {
  const text = t();
  const inApp = { ...app, go: (name, argument) => { dialog.close(); app.go(name, argument); } };
  const close = el('button', { type: 'button', class: 'close', click: () => dialog.close() }, text.close);
  fill(dialog, el('h2', { id: 'explain-title' }, `${text.explainTitle}: ${id}`), close, el('p', { class: 'waiting' }, text.loading));
  if (!dialog.open) dialog.showModal();
  try {
    const trace = await api.statement(id);
    fill(dialog, el('h2', { id: 'explain-title' }, trace.title || trace.text), close, content(trace, inApp));
  } catch (error) {
    dialog.close();
    if (error.status !== 404) app.failed(error);
  }
}

function content(trace, app) {
  const text = t();
  return [
    el('p', { class: `answer-line ${trace.verdict}` }, el('strong', {}, text.statementVerdict[trace.verdict]),
      trace.reason && `: ${trace.reason}`),
    trace.description && el('p', {}, trace.description),
    el('h3', {}, text.facts),
    facts(trace.facts, true) ?? el('p', { class: 'quiet' }, text.noFacts),
    lacks(trace.missing, app),
    trace.reasons.length > 0 && [el('h3', {}, text.reasons), el('ul', {}, trace.reasons.map((each) => el('li', {}, each)))],
    el('h3', {}, text.sourceText),
    el('dl', { class: 'trace' },
      el('dt', {}, text.chapter), el('dd', {}, trace.chapter),
      el('dt', {}, text.statement), el('dd', {}, trace.id,
        trace.text && trace.text !== trace.title && `: ${trace.text}`),
      el('dt', {}, text.guideline), el('dd', {}, trace.source),
      el('dt', {}, text.version), el('dd', {}, trace.version),
      trace.plan && [el('dt', {}, text.plan), el('dd', {}, el('code', {}, trace.plan))]),
    trace.logic && [el('h3', {}, text.rule), rule(trace.logic, app)],
  ];
}

/** A definition; those it names can be opened in its place. */
function rule(first, app) {
  const place = el('div', { class: 'rule' });
  const text = t();
  const trail = [];
  function show(logic) {
    fill(place,
      el('p', {}, el('code', {}, `${logic.library}."${logic.name}"`),
        trail.length > 0 && [' ', el('button', { type: 'button', class: 'small', click: () => show(trail.pop()) }, text.back)]),
      el('pre', { tabindex: '0' }, logic.text),
      logic.uses.length > 0 && el('details', {}, el('summary', {}, text.uses),
        el('ul', {}, logic.uses.map((use) => el('li', {}, el('button', {
          type: 'button', class: 'small',
          click: async () => {
            try {
              const next = await api.definition(use.library, use.name);
              trail.push(logic);
              show(next);
            } catch (error) {
              if (error.status !== 404) app.failed(error);
            }
          },
        }, `${use.library}."${use.name}"`))))));
  }
  show(first);
  return place;
}
