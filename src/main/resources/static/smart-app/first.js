// Asks for the patient as soon as the page has an address, before the pages themselves are loaded.

import * as api from './api.js';
import { choose } from './text.js';

choose(new URLSearchParams(location.search).get('lang')
  ?? (navigator.language.toLowerCase().startsWith('en') ? 'en' : 'nb'));

/** The first answer; main.js tells what went wrong if there is none. */
export const answer = api.view();
answer.catch(() => {});
