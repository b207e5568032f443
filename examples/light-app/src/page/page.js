'use strict'
// The page of the light app: what the board says, and its plots.
const $ = id => document.getElementById(id)
const zh = document.documentElement.lang == 'zh'
const MINUTES = 120e3, HOUR = 36e5, STALE = 5e3, POLL = 2e3
const calm = matchMedia('(prefers-reduced-motion: reduce)')
const sentence = $('line').textContent.replace(/\d+$/, '')

let points = []       // {t, v}: this clock's time in ms, and the level, or null where the sensor did not answer
let offset = Infinity // from the board's clock to this one
let boardMs = 0       // the latest time on the board's clock
let heard = Date.now()
let source, polling, patience = 1

// The time on this clock for one on the board's; that goes back only when the board has restarted.
function time(ms) {
  if (ms < boardMs - 1e3) offset = Infinity
  boardMs = ms
  offset = Math.min(offset, Date.now() - ms)
  return ms + offset
}

// What the board says now: {"light":301,"led":false,"ms":81234}.
function take(now) {
  const t = time(now.ms)
  heard = Date.now()
  if (!points.length || t > points.at(-1).t) points.push({ t, v: now.light })
  while (points[0].t < t - HOUR) points.shift()
  $('value').textContent = now.light
  $('line').textContent = sentence + now.light
  $('led').setAttribute('aria-checked', now.led)
  if (calm.matches) draw()
}

const get = async path => {
  const answer = await fetch(path, { signal: AbortSignal.timeout(8e3) })
  if (!answer.ok) throw answer.status
  return answer.json()
}

// The last hour: {"now":81234,"ms":80000,"every":7031,"light":[301,302]}, the newest last, at `ms`.
async function load() {
  const past = await get('/history').catch(() => 0)
  if (!past) return
  time(past.now)
  const t = i => past.ms + offset - (past.light.length - 1 - i) * past.every
  // Only where nothing is known that is finer.
  const known = new Set(points.map(p => Math.round(p.t / past.every)))
  past.light.forEach((v, i) => known.has(Math.round(t(i) / past.every)) || points.push({ t: t(i), v }))
  points.sort((a, b) => a.t - b.t)
  drawHour()
}

function listen() {
  hangUp()
  source = new EventSource('/events')
  source.onopen = () => {
    patience = 1
    if (Date.now() - heard > STALE) load()
  }
  source.addEventListener('now', event => take(JSON.parse(event.data)))
  // While it is not closed, the browser connects again by itself. 204 says that as many listen as may: then ask, and try to
  // listen again, less and less often.
  source.onerror = () => source.readyState == 2 && poll()
}

async function poll() {
  hangUp()
  const mine = polling = {}
  for (let n = 0; n < patience && mine == polling; n++) {
    await get('/state').then(take, () => 0)
    await new Promise(done => setTimeout(done, POLL))
  }
  patience = Math.min(patience * 2, 8)
  if (mine == polling) listen()
}

function hangUp() {
  source?.close()
  source = polling = undefined
}

// Each page that listens holds one of the board's few connections: one that nobody sees gives it up.
const look = () => document.hidden ? hangUp() : (load(), listen())
document.addEventListener('visibilitychange', look)

$('led').onclick = async () => {
  const led = $('led'), on = led.getAttribute('aria-checked') != 'true'
  led.setAttribute('aria-busy', true)
  const answer = await fetch('/led', { method: 'PUT', body: on ? 'on' : 'off', signal: AbortSignal.timeout(8e3) }).catch(() => 0)
  led.removeAttribute('aria-busy')
  if (answer.ok) led.setAttribute('aria-checked', on)
  else say(zh ? '没有切换成功，请再试' : 'Not switched, try again')
}

let said, until = 0
function say(text) {
  until = Date.now() + 3e3
  if (text != said) $('state').textContent = said = text
}

// Says how things are; only what changes is said, or a screen reader would never stop.
function tell() {
  const live = source?.readyState == 1
  const stale = Date.now() - heard > STALE + (live ? 0 : POLL)
  document.body.className = stale ? 'stale' : live ? 'live' : ''
  if (Date.now() < until) return
  const at = new Date(heard).toLocaleTimeString(zh ? 'zh' : 'en', { hour12: false })
  const text = stale ? (zh ? `${at} 后没有新值，正在重连` : `Nothing new since ${at}, connecting again`)
    : live ? (zh ? '实时' : 'Live')
    : (zh ? '每2秒更新' : 'Updated every 2 s')
  if (text != said) $('state').textContent = said = text
}

// Plots -------------------------------------------------------------------------------------------------------------

const NS = 'http://www.w3.org/2000/svg', LEFT = 40, BOTTOM = 20, TOP = 8
function plot(id, span, marks) {
  const svg = $(id), add = (name, klass) => {
    const node = svg.appendChild(document.createElementNS(NS, name))
    node.setAttribute('class', klass)
    return node
  }
  const grid = add('g', 'grid'), area = add('path', 'area'), line = add('path', 'line'), dot = add('circle', 'dot')
  dot.setAttribute('r', 5)
  let frame
  return now => {
    const width = svg.clientWidth, height = svg.clientHeight, low = height - BOTTOM
    const from = now - span, first = points.findIndex(p => p.t > from)
    const shown = first < 0 ? [] : points.slice(first)
    // Where the edge cuts a line.
    const [a, b] = [points[first - 1], shown[0]]
    if (a && a.v != null && b.v != null) shown.unshift({ t: from, v: a.v + (b.v - a.v) * (from - a.t) / (b.t - a.t) })
    const most = Math.max(64, ...shown.map(p => p.v))
    const top = [128, 256, 512, 1024, 2048].find(top => top * .9 > most) || 4096
    const x = t => LEFT + (width - LEFT - 8) * (1 - (now - t) / span), y = v => low - (low - TOP) * v / top
    if (frame != (frame = [width, height, top].join())) {
      const label = (x, y, text, anchor) => `<text x="${x}" y="${y}" text-anchor="${anchor}" stroke="none">${text}</text>`
      grid.innerHTML = [0, top / 2, top].map(v => `<path d="M${LEFT} ${y(v)}H${width}"/>` + label(LEFT - 6, y(v) + 4, v, 'end')).join('')
        + marks.map(([ago, text]) => label(x(now - ago), height - 4, text, ago ? ago == span ? 'start' : 'middle' : 'end')).join('')
    }
    // A line from value to value; where there was none for long, it begins anew.
    let path = '', fill = '', start, last
    for (const p of [...shown, { v: null }]) {
      if (last && (p.v == null || p.t - last.t > 2e4)) {
        fill += `L${x(last.t)} ${low}H${x(start.t)}Z`
        last = undefined
      }
      if (p.v == null) continue
      const at = (last ? 'L' : 'M') + x(p.t).toFixed(1) + ' ' + y(p.v).toFixed(1)
      path += at
      fill += at
      if (!last) start = p
      last = p
    }
    line.setAttribute('d', path)
    area.setAttribute('d', fill)
    const end = shown.findLast(p => p.v != null)
    dot.style.display = end ? '' : 'none'
    if (end) {
      dot.setAttribute('cx', Math.min(x(end.t), width - 8))
      dot.setAttribute('cy', y(end.v))
    }
    return shown.filter(p => p.v != null).map(p => Math.round(p.v))
  }
}
const minutes = plot('minutes', MINUTES, zh ? [[MINUTES, '2分钟前'], [6e4, '1分钟前'], [0, '现在']] : [[MINUTES, '2 min ago'], [6e4, '1 min ago'], [0, 'now']])
const hour = plot('hour', HOUR, zh ? [[HOUR, '1小时前'], [18e5, '30分钟前'], [0, '现在']] : [[HOUR, '1 h ago'], [18e5, '30 min ago'], [0, 'now']])

// For who cannot see the plot.
const describe = (id, levels) => {
  const [low, high] = [Math.min(...levels), Math.max(...levels)]
  $(id).textContent = !levels.length ? '' : zh ? `：从${low}到${high}` : `: from ${low} to ${high}`
}
const drawHour = () => describe('hour-text', hour(Date.now()))
const draw = () => minutes(Date.now())

// What comes twice a second moves in smoothly from the right, half a second late.
const move = () => {
  if (!calm.matches && !document.hidden) minutes(Date.now() - 600)
  requestAnimationFrame(move)
}

document.querySelector('.script').hidden = false
look()
move()
setInterval(tell, 500)
setInterval(() => { drawHour(); describe('minutes-text', draw()) }, 5e3)
addEventListener('resize', () => { draw(); drawHour() })
