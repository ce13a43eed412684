// Questions of Questionnaire/mm-facts as form fields.

import { el } from './shared/dom.js';
import * as api from './api.js';
import { current, t, today } from './text.js';

let known = {};

/** The questions in the language of the page; asked once. */
export async function questions() {
  known[current()] ??= await api.form();
  return known[current()];
}

/**
 * A field for one question; its value() is the answer, undefined when it is left open. What is told
 * of leaving it open stands in the field.
 */
export function field(question, prefix = 'q', open = null) {
  const text = t();
  const id = `${prefix}-${question.id}`;
  let input;
  if (question.type === 'boolean' || question.type === 'choice') {
    const options = question.type === 'boolean'
      ? [{ id: 'true', text: text.yes }, { id: 'false', text: text.no }]
      : question.options;
    input = el('select', { id },
      el('option', { value: '' }, open ?? text.notAsked),
      options.map((option) => el('option', { value: option.id }, option.text)),
      el('option', { value: '?' }, text.notKnown));
  } else if (question.type === 'integer') {
    input = el('input', { id, type: 'number', min: '0', max: '9999', step: '1', placeholder: open });
  } else if (question.type === 'quantity') {
    input = el('input', { id, type: 'text', inputmode: 'decimal', placeholder: open, pattern: '\\d{1,7}([.,]\\d{1,4})?' });
  } else {
    input = el('input', { id, type: 'date', max: today() });
  }
  const node = el('div', { class: 'field' },
    el('label', { for: id }, question.text, question.unit && el('span', { class: 'unit' }, ` (${question.unit})`)), input);
  return {
    node,
    input,
    value: () => (input.value === '' ? undefined : input.value === '?' ? null : input.value.trim()),
  };
}
