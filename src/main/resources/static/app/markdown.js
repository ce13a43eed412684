// Shows the part of GitHub Flavored Markdown that cards use: headings, paragraphs, bold, italic,
// code, lists, tables, quotes and http(s) links. Everything else stays text; HTML is never read.

import { el, isWeb, link } from './dom.js';

const LIST = /^(\s*)([-*+]|\d{1,9}[.)])\s+(.*)$/;
const HEADING = /^(#{1,6})\s+(.*?)\s*#*$/;
const RULE = /^ {0,3}([-*_])(\s*\1){2,}\s*$/;
const DELIMITERS = /^\s*\|?\s*:?-+:?\s*(\|\s*:?-+:?\s*)*\|?\s*$/;

/** The text as elements. */
export function markdown(text) {
  const fragment = document.createDocumentFragment();
  fragment.append(...blocks(text.replace(/\r\n?/g, '\n').split('\n')));
  return fragment;
}

function blocks(lines) {
  const found = [];
  let at = 0;
  while (at < lines.length) {
    const line = lines[at];
    if (!line.trim()) {
      at += 1;
    } else if (/^\s*```/.test(line)) {
      const end = lines.findIndex((other, i) => i > at && /^\s*```\s*$/.test(other));
      const stop = end < 0 ? lines.length : end;
      found.push(el('pre', {}, lines.slice(at + 1, stop).join('\n')));
      at = stop + 1;
    } else if (HEADING.test(line)) {
      const [, marks, title] = line.match(HEADING);
      found.push(el(`h${Math.min(marks.length + 3, 6)}`, {}, ...inline(title)));
      at += 1;
    } else if (RULE.test(line)) {
      found.push(el('hr'));
      at += 1;
    } else if (startsTable(lines, at)) {
      const end = until(lines, at + 2, (other) => !other.trim() || !other.includes('|'));
      found.push(table(lines.slice(at, end)));
      at = end;
    } else if (LIST.test(line)) {
      const end = until(lines, at + 1, (other, i) => endsList(lines, at, i));
      found.push(list(lines.slice(at, end)));
      at = end;
    } else if (/^\s*>/.test(line)) {
      const end = until(lines, at + 1, (other) => !/^\s*>/.test(other));
      found.push(el('blockquote', {}, ...blocks(lines.slice(at, end).map((l) => l.replace(/^\s*> ?/, '')))));
      at = end;
    } else {
      const end = until(lines, at + 1, (other, i) => !other.trim() || startsBlock(lines, i));
      found.push(el('p', {}, ...inline(lines.slice(at, end).map((l) => l.trimStart()).join('\n'))));
      at = end;
    }
  }
  return found;
}

function until(lines, from, stop) {
  let at = from;
  while (at < lines.length && !stop(lines[at], at)) at += 1;
  return at;
}

function startsBlock(lines, at) {
  const line = lines[at];
  return HEADING.test(line) || RULE.test(line) || LIST.test(line) || /^\s*(```|>)/.test(line) || startsTable(lines, at);
}

function startsTable(lines, at) {
  const next = lines[at + 1];
  return lines[at].includes('|') && next !== undefined && next.includes('-') && DELIMITERS.test(next)
    && cells(lines[at]).length === cells(next).length;
}

/** A list ends at an item of another kind, at another block, or at a blank line that nothing of it follows. */
function endsList(lines, start, at) {
  const line = lines[at];
  const item = line.match(LIST);
  if (item) return item[1].length <= 1 && ordered(item) !== ordered(lines[start].match(LIST));
  if (line.trim()) return !/^\s/.test(line) && startsBlock(lines, at);
  const next = lines[at + 1];
  return next === undefined || !(LIST.test(next) || /^\s{2,}\S/.test(next));
}

const ordered = ([, , mark]) => /\d/.test(mark);

function list(lines) {
  const head = lines[0].match(LIST);
  const [, indent, mark] = head;
  const items = [];
  for (const line of lines) {
    const item = line.match(LIST);
    if (item && item[1].length <= indent.length + 1) items.push([item[3]]);
    else if (line.trim()) items.at(-1).push(line.replace(/^\s{0,4}/, ''));
  }
  const first = ordered(head) ? parseInt(mark, 10) : 1;
  return el(
    ordered(head) ? 'ol' : 'ul',
    { start: first === 1 ? null : String(first) },
    ...items.map((item) => {
      const nested = item.findIndex((line, i) => i > 0 && LIST.test(line));
      const own = nested < 0 ? item : item.slice(0, nested);
      return el('li', {}, ...inline(own.join('\n')), ...(nested < 0 ? [] : blocks(item.slice(nested))));
    }),
  );
}

function cells(line) {
  const row = line.trim().replace(/^\|/, '').replace(/(?<!\\)\|$/, '');
  return row.split(/(?<!\\)\|/).map((cell) => cell.trim());
}

function table([head, delimiters, ...rows]) {
  const align = cells(delimiters).map((cell) =>
    /^:-+:$/.test(cell) ? 'center' : /-:$/.test(cell) ? 'right' : null);
  const cell = (tag) => (text, i) => el(tag, { class: align[i] ?? null }, ...inline(text));
  return el('div', { class: 'scroll' }, el('table', {},
    el('thead', {}, el('tr', {}, ...cells(head).map((text, i) =>
      text ? cell('th')(text, i) : el('td')))),
    el('tbody', {}, ...rows.map((row) =>
      el('tr', {}, ...cells(row).slice(0, align.length).map(cell('td')))))));
}

const ENTITIES = { '&lt;': '<', '&gt;': '>', '&amp;': '&', '&quot;': '"', '&#39;': "'", '&nbsp;': '\u00a0' };

const INLINE = [
  // An escaped character is itself, and a line that ends in a backslash or two spaces breaks.
  [/^(?:\\\n| {2,}\n)/, () => el('br')],
  [/^\\([!-/:-@[-`{-~])/, (m) => m[1]],
  [/^(?:&lt;|&gt;|&amp;|&quot;|&#39;|&nbsp;)/, (m) => ENTITIES[m[0]]],
  [/^(`+)(.+?)\1(?!`)/s, (m) => el('code', {}, m[2].trim())],
  [/^\[((?:\\.|[^[\]\\])*)\]\(\s*<?([^\s()<>]+)>?(?:\s+"[^"]*")?\s*\)/,
    (m) => (isWeb(m[2]) ? link(m[2], ...inline(m[1])) : el('span', {}, ...inline(m[1])))],
  [/^\*\*(?=\S)((?:\\.|[^\\])*?[^\s\\]|\S)\*\*/s, (m) => el('strong', {}, ...inline(m[1]))],
  [/^\*(?=[^\s*])((?:\\.|\*\*|[^\\*])*?)(?<=\S)\*(?!\*)/s, (m) => el('em', {}, ...inline(m[1]))],
];

function inline(text) {
  const nodes = [];
  let plain = '';
  let rest = text;
  while (rest) {
    const rule = INLINE.find(([pattern]) => pattern.test(rest));
    if (rule) {
      const match = rest.match(rule[0]);
      const node = rule[1](match);
      if (typeof node === 'string') plain += node;
      else {
        if (plain) nodes.push(plain);
        plain = '';
        nodes.push(node);
      }
      rest = rest.slice(match[0].length);
    } else {
      plain += rest[0];
      rest = rest.slice(1);
    }
  }
  if (plain) nodes.push(plain);
  return nodes;
}
