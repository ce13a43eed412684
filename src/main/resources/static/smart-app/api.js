// Asks the service about the patient of this page's launch. The launch is in the page's address;
// facts of this session live in this module only and go with every question.

import { current } from './text.js';

const base = location.pathname.replace(/\/$/, '');

/** A refusal, with its HTTP status; 0 when there was no answer. */
export class CallError extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

/** Facts that were entered on this page and are not in the record: question, value, day. */
export let answers = [];

/** Replaces the facts of this session; one answer a question. */
export function setAnswers(next) {
  answers = [...new Map(next.map((answer) => [answer.question, answer])).values()];
}

async function call(path, options) {
  let response;
  try {
    response = await fetch(`${base}/${path}`, { credentials: 'same-origin', ...options });
  } catch {
    throw new CallError(0, '');
  }
  if (!response.ok) {
    const problem = await response.json().catch(() => ({}));
    throw new CallError(response.status, problem.problem ?? '');
  }
  return response.status === 204 ? null : response.json();
}

const get = (path) => call(path, {});

const post = (path, body) =>
  call(`${path}?lang=${current()}`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', 'X-Marg-App': '1' },
    body: JSON.stringify({ answers, ...body }),
  });

export const view = () => post('view', {});
export const form = () => get(`form?lang=${current()}`);
export const statement = (id) => post('statement', { id });
export const definition = (library, name) =>
  get(`definition?library=${encodeURIComponent(library)}&name=${encodeURIComponent(name)}`);
export const cycle = (asked) => post('cycle', asked);
export const orderCycle = (asked) => post('order-cycle', asked);
export const order = (advice, label) => post('order', { advice, label });
export const save = (given) => post('save', { answers: given });
export const whatIf = (changes, age) => post('what-if', { changes, age });
export const end = () => post('end', {});
