// Asks the service about the patient of this page's launch. The launch is in the page's address;
// facts of this session live in this module only and go with every question.

import { current } from './text.js';

const base = location.pathname.replace(/\/$/, '');

/**
 * A refusal, with its HTTP status; 0 when there was no answer. Reason is what the record said, if
 * anything. Of a send, isOpen tells whether the record may hold what was sent all the same.
 */
export class CallError extends Error {
  constructor(status, message, reason = '') {
    super(message);
    this.status = status;
    this.reason = reason;
    this.isOpen = false;
  }
}

/** Facts that were entered on this page and are not in the record: question, value, day. */
export let answers = [];

/** Replaces the facts of this session; one answer a question. */
export function setAnswers(next) {
  answers = [...new Map(next.map((answer) => [answer.question, answer])).values()];
}

/** What can be sent, as isOpen and settle name it: a cycle, what an advice offers, and facts. */
export const cycleSend = ({ regimen }) => `cycle/${regimen}`;
export const orderSend = (advice) => `order/${advice}`;
export const SAVE = 'save';

// Attempts whose outcome is not known. The same attempt goes with a repeat, so that a record which
// reads our mark takes the same once.
const attempts = new Map();

/** Whether something was sent and nobody knows what became of it. */
export const isOpen = (what) => attempts.has(what);

/** The user has seen that the record holds it. */
export const settle = (what) => attempts.delete(what);

const fresh = () => Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('');

/** Without an answer of ours that says what became of it, the record may hold what was sent. */
const mayBeTaken = ({ status, message }) => status === 0 || status === 504 || (status >= 500 && !message);

async function send(what, path, body) {
  const wasOpen = attempts.has(what);
  const attempt = attempts.get(what) ?? fresh();
  attempts.set(what, attempt);
  try {
    const answer = await post(path, { ...body, attempt });
    attempts.delete(what);
    return answer;
  } catch (error) {
    // A repeat that is refused says nothing of the first.
    error.isOpen = wasOpen || mayBeTaken(error);
    if (!error.isOpen) attempts.delete(what);
    throw error;
  }
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
    throw new CallError(response.status, problem.problem ?? '', problem.reason ?? '');
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
export const orderCycle = (asked) => send(cycleSend(asked), 'order-cycle', asked);
export const order = (advice, label) => send(orderSend(advice), 'order', { advice, label });
export const save = (given) => send(SAVE, 'save', { answers: given });
export const whatIf = (changes, age) => post('what-if', { changes, age });
export const end = () => post('end', {});
