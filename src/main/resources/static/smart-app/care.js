// Care beside the treatment: vaccines, prophylaxis, bone, follow-up.

import { el } from './shared/dom.js';
import { advice, why } from './parts.js';
import { t } from './text.js';

export function care(view, app) {
  const text = t();
  return [
    el('h2', {}, text.tab.care),
    view.supportive.map((section) => el('section', { 'aria-labelledby': `care-${section.id}` },
      el('h3', { id: `care-${section.id}` }, section.title),
      section.items.length === 0 && el('p', { class: 'empty' },
        section.undecided.length > 0 ? text.nothingKnown(section.undecided.length) : text.nothingNow),
      section.items.map((each) => advice(each, view, app, { level: 'h4', here: 'care' })),
      section.undecided.length > 0 && el('details', { class: 'undecided' },
        el('summary', {}, text.cannotDecide(section.undecided.length)),
        el('ul', {}, section.undecided.map((each) => el('li', {}, each.title, ' ',
          why(each.statement, app, each.title),
          each.missing.length > 0 && el('span', { class: 'note' }, `${text.lacks}: ${each.missing.join(', ')}`))))),
      section.notNow.length > 0 && el('details', { class: 'not-now' },
        el('summary', {}, text.notNow(section.notNow.length)),
        el('ul', {}, section.notNow.map((each) => el('li', {}, each.title, ' ', why(each.statement, app, each.title))))))),
  ];
}
