// Makes elements. Text always becomes a text node, so nothing that is shown can become markup.

const SVG = 'http://www.w3.org/2000/svg';

/**
 * An element with attributes and children. A function as attribute listens to the event of that
 * name, true sets an attribute without value, null and false leave it out.
 */
export function el(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === 'function') element.addEventListener(name, value);
    else if (value === true) element.setAttribute(name, '');
    else if (value !== null && value !== undefined && value !== false) element.setAttribute(name, value);
  }
  element.append(...present(children));
  return element;
}

/** Puts new content into an element; what is null, undefined or false is left out. */
export const fill = (element, ...children) => element.replaceChildren(...present(children));

const present = (children) =>
  children.flat(Infinity)
    .filter((child) => child !== null && child !== undefined && child !== false)
    .map((child) => (typeof child === 'string' ? child.replace(TURNS, '') : child));

// Signs that turn the direction of what follows them could make a value read as another.
const TURNS = /[\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

/** A link that leaves the page; plain text if the address is not http or https. */
export function link(address, ...label) {
  return isWeb(address)
    ? el('a', { href: address, target: '_blank', rel: 'noopener noreferrer' }, ...label)
    : el('span', {}, ...label);
}

/** Whether an address is absolute and opened with http or https. */
export function isWeb(address) {
  try {
    return ['http:', 'https:'].includes(new URL(address).protocol);
  } catch {
    return false;
  }
}

// An octagon stops, a triangle warns, a circle informs: the shape tells without the colour.
const SHAPES = {
  critical: 'M7 1h10l6 6v10l-6 6H7l-6-6V7z',
  warning: 'M12 1.5 23.5 22H.5z',
  info: 'M12 1a11 11 0 1 1 0 22 11 11 0 0 1 0-22z',
};
const MARKS = {
  critical: 'M10.7 5.5h2.6v8.5h-2.6z M10.7 16h2.6v2.7h-2.6z',
  warning: 'M10.8 8.5h2.4v6.5h-2.4z M10.8 16.7h2.4v2.4h-2.4z',
  info: 'M10.7 5.3h2.6V8h-2.6z M10.7 10h2.6v8.7h-2.6z',
};

/** The sign of an indicator; its meaning stands beside it as text. */
export function sign(indicator) {
  const svg = document.createElementNS(SVG, 'svg');
  svg.setAttribute('viewBox', '0 0 24 24');
  svg.setAttribute('class', 'sign');
  svg.setAttribute('aria-hidden', 'true');
  for (const [name, shapes] of [['shape', SHAPES], ['mark', MARKS]]) {
    const path = document.createElementNS(SVG, 'path');
    path.setAttribute('class', name);
    path.setAttribute('d', shapes[indicator]);
    svg.append(path);
  }
  return svg;
}

/** A fold that makes its content when it is first opened. */
export function fold(title, content, className = 'fold') {
  const details = el('details', { class: className }, el('summary', {}, title));
  details.addEventListener('toggle', () => details.append(content()), { once: true });
  return details;
}
