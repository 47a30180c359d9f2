/* What the page is drawn with. Everything becomes text: a string from outside never becomes markup. */

/** An element with attributes and children; strings among the children become text nodes. */
export const make = (name, attributes = {}, ...children) => {
  const element = document.createElement(name)
  for (const [key, value] of Object.entries(attributes)) {
    if (key === 'onclick') element.addEventListener('click', value)
    else if (value !== undefined) element.setAttribute(key, value)
  }
  element.append(...children.map((child) => (child instanceof Node ? child : String(child))))
  return element
}

export const byId = (id) => document.getElementById(id)

export const setText = (id, text) => {
  const element = byId(id)
  if (element.textContent === text) return false
  element.textContent = text
  return true
}

/** A number of the path; it lights up for a moment when it rises. */
export const setCount = (id, value) => {
  const element = byId(id)
  const isFirst = element.textContent === '–'
  if (!setText(id, grouped(value)) || isFirst) return
  element.classList.remove('rose')
  // Reading the layout restarts the animation.
  void element.offsetWidth
  element.classList.add('rose')
}

export const rows = (id, items, cells, empty) => {
  const body = byId(id)
  const made = items.map((item) => make('tr', {}, ...cells(item)))
  body.replaceChildren(
    ...(made.length > 0 ? made : [make('tr', {}, make('td', { colspan: '5', class: 'empty' }, empty))]),
  )
}

export const cell = (...children) => make('td', {}, ...children)
/** What a phone has no room for. */
export const extraCell = (...children) => make('td', { class: 'extra' }, ...children)
export const numberCell = (text) => make('td', { class: 'number' }, text)

export const pill = (state) => make('span', { class: `pill ${tones[state] ?? ''}` }, state)
const tones = {
  settled: 'good',
  final: 'good',
  ok: 'good',
  full: 'good',
  sent: 'busy',
  proposed: 'busy',
  legacy: 'busy',
  attested: 'busy',
  failing: 'bad',
}

/** Long hex, shortened; a click copies the whole. */
export const hash = (text) => {
  if (!text) return make('span', { class: 'empty' }, '–')
  const short = `${text.slice(0, 8)}…${text.slice(-4)}`
  return make(
    'button',
    {
      type: 'button',
      class: 'hash',
      title: `${text} – click to copy`,
      onclick: (event) => copy(event.currentTarget, text),
    },
    short,
  )
}

const copy = async (button, text) => {
  const before = button.textContent
  try {
    await navigator.clipboard.writeText(text)
    button.textContent = 'copied'
  } catch {
    // Without a secure context there is no clipboard: select it for the person instead.
    getSelection()?.selectAllChildren(button)
    return
  }
  setTimeout(() => {
    button.textContent = before
  }, 900)
}

export const command = (title, text) => {
  const button = make(
    'button',
    { type: 'button', class: 'copy', onclick: (event) => copy(event.currentTarget, text) },
    'copy',
  )
  return make(
    'div',
    { class: 'command' },
    make('span', { class: 'note' }, title),
    make('div', { class: 'line' }, make('code', {}, text), button),
  )
}

// ------------------------------------------------------------------------------------------------------------------------ words

/** Decimal text with thin groups, whatever its length. */
export const grouped = (value) => String(value).replace(/\B(?=(\d{3})+(?!\d))/g, '\u202f')

/** Base units (1e-18) as tokens with two decimals, rounded down. */
export const tokens = (units) => {
  const hundredths = BigInt(units) / 10n ** 16n
  return `${grouped(hundredths / 100n)}.${String(hundredths % 100n).padStart(2, '0')}`
}

export const ago = (at) => {
  if (at === null || at === undefined) return 'never'
  const seconds = Math.round((Date.now() - at) / 1000)
  if (seconds < 0) return new Date(at).toLocaleString()
  if (seconds < 90) return `${seconds} s ago`
  if (seconds < 5400) return `${Math.round(seconds / 60)} min ago`
  return seconds < 129600 ? `${Math.round(seconds / 3600)} h ago` : new Date(at).toLocaleDateString()
}
