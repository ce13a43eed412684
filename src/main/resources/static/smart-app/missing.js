// What is missing, what it would decide, and a form for what only a clinician can tell.

import { el, fill } from './shared/dom.js';
import * as api from './api.js';
import { field, questions } from './form.js';
import { endedAtSend, outcome, refusal } from './parts.js';
import { t, today } from './text.js';

export function missing(view, app, asked) {
  const text = t();
  const place = el('div', {}, el('p', { class: 'waiting' }, text.loading));
  questions().then((all) => fill(place, form(all, view, app, asked)), (error) => app.failed(error));
  return [
    el('section', { 'aria-labelledby': 'missing-title' },
      el('h2', { id: 'missing-title' }, text.tab.missing),
      view.missing.length === 0
        ? el('p', { class: 'empty' }, text.missingNone)
        : [el('p', { class: 'quiet' }, text.missingLead), list(view)]),
    el('section', { 'aria-labelledby': 'form-title' },
      el('h2', { id: 'form-title' }, text.formTitle),
      !view.canSave && el('p', { class: 'notice session' }, text.sessionOnly),
      place),
  ];
}

function list(view) {
  const text = t();
  return el('ol', { class: 'missing' }, view.missing.map((each) => el('li', {},
    el('div', {},
      el('strong', {}, each.name),
      each.why && el('span', { class: 'note' }, each.why),
      each.test && el('span', { class: 'note' }, text.orderTest(each.test))),
    el('div', { class: 'note' }, `${text.decides}: ${each.decides.join('; ')}`),
    each.form && el('button', { type: 'button', class: 'small', 'aria-label': `${text.enter}: ${each.name}`, click: () => open(each.form) }, text.enter))));
}

function open(id) {
  const input = document.getElementById(`q-${id}`);
  input?.closest('details')?.setAttribute('open', '');
  input?.scrollIntoView({ block: 'center' });
  input?.focus();
}

function form(all, view, app, asked) {
  const text = t();
  const wanted = [...new Set([...(asked ? [asked] : []), ...view.missing.map((each) => each.form).filter(Boolean)])];
  const fields = new Map(all.map((question) => [question.id, field(question)]));
  const day = el('input', { id: 'fact-day', type: 'date', value: today(), max: today(), required: true });
  const button = el('button', { type: 'submit', class: 'primary' }, view.canSave ? text.saveRecord : text.saveSession);
  const shown = outcome(api.SAVE, button, {
    seen: () => app.update(text.savedRecord),
    again: () => keep(),
  });
  const groups = [...new Set(all.map((question) => question.group))];
  const find = el('input', { id: 'find', type: 'search', input: filter });

  function filter() {
    const word = find.value.toLowerCase().trim();
    for (const question of all) {
      fields.get(question.id).node.hidden = word !== '' && !wanted.includes(question.id) && !question.text.toLowerCase().includes(word);
    }
    for (const details of node.querySelectorAll('details.group')) {
      details.open = word !== '' && [...details.querySelectorAll('.field')].some((each) => !each.hidden);
      details.hidden = word !== '' && !details.open;
    }
  }

  async function keep(event) {
    event?.preventDefault();
    const given = all.flatMap((question) => {
      const value = fields.get(question.id).value();
      return value === undefined ? [] : [{ question: question.id, value, day: day.value }];
    });
    if (given.length === 0) {
      shown.say(text.noAnswers);
      return;
    }
    try {
      button.disabled = true;
      if (view.canSave) {
        await api.save(given);
        await app.update(text.savedRecord);
      } else {
        const before = api.answers;
        api.setAnswers([...before, ...given]);
        await app.update(text.savedSession);
      }
      document.getElementById('content').focus();
    } catch (error) {
      if (error.status === 401) endedAtSend(error, app);
      else shown.say(refusal(error));
    }
  }

  const node = el('form', { class: 'facts-form', submit: keep },
    wanted.length > 0 && el('fieldset', {}, el('legend', {}, text.missingTitle),
      wanted.map((id) => fields.get(id)?.node)),
    el('h3', {}, text.formOther),
    el('div', { class: 'field' }, el('label', { for: 'find' }, text.find), find),
    groups.map((group) => {
      const rest = all.filter((question) => question.group === group && !wanted.includes(question.id));
      return rest.length > 0 && el('details', { class: 'group' }, el('summary', {}, group), rest.map((question) => fields.get(question.id).node));
    }),
    el('div', { class: 'submit' },
      el('label', { for: 'fact-day' }, text.dayOf, day),
      button, shown.node));
  if (asked) requestAnimationFrame(() => open(asked));
  return node;
}
