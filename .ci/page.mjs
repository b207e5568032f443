// Drives the page of the light app in Chromium: values, plot, switch, restart, six tabs, no JavaScript, and what a person who
// cannot see it, or has a phone, needs of it. Ends with a line `N passed, M failed`.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import http from 'node:http'
import net from 'node:net'
import { gzipSync } from 'node:zlib'
import { launch, run, sleep, until } from './browser.mjs'

const SENTENCE = '欢迎使用掌控板mPython！你的光线传感器值是:'
const pictures = process.argv[2]

// The server ---------------------------------------------------------------------------------------------------------

let server, port = 0, oled = '', printed = ''
async function start(...options) {
  server = spawn(process.env.SERVER, ['--port', String(port), '--light', 'random', ...options])
  server.stdout.on('data', text => { printed += text })
  server.stderr.on('data', text => { oled += text })
  const before = printed.length
  await until(() => printed.indexOf('Listening', before) >= 0, 10, 'the server listens')
  port = Number(printed.match(/:(\d+)\//)[1])
}
async function stop() {
  const exited = new Promise(done => server.once('exit', done))
  if (server.kill()) await exited
}
const url = path => `http://127.0.0.1:${port}${path}`

/** Asks over a connection of its own. */
const ask = (path, headers = {}) => new Promise((done, fail) => {
  http.get(url(path), { headers, agent: false, timeout: 20e3 }, answer => {
    const pieces = []
    answer.on('data', piece => pieces.push(piece))
    answer.on('end', () => done({ headers: answer.headers, body: Buffer.concat(pieces) }))
  }).on('error', fail)
})

// The browser --------------------------------------------------------------------------------------------------------

const browser = await launch()
const said = [], asked = new Set()
/** While the server restarts, the browser says that it cannot be reached. */
let isDown = false

async function open(context, path = '/') {
  const page = await context.newPage()
  page.on('console', message => isDown || said.push(message.text()))
  page.on('pageerror', error => said.push(String(error)))
  page.on('request', request => asked.add(new URL(request.url()).origin))
  await page.goto(url(path))
  return page
}
async function context(options = {}) {
  const context = await browser.newContext({ locale: 'zh-CN', ...options })
  context.setDefaultTimeout(20e3)
  return context
}
const value = page => page.textContent('#value')
const isOn = async page => (await page.getAttribute('#led', 'aria-checked')) == 'true'
const points = page => page.$eval('#minutes .line', line => (line.getAttribute('d') ?? '').split(/[ML]/).length - 1)
const mode = page => page.evaluate(() => document.body.className)
async function changes(page, seconds, why) {
  const first = await value(page)
  await until(async () => (await value(page)) != first, seconds, why)
}

// What is to be so ---------------------------------------------------------------------------------------------------

const checks = {
  async 'values change, and the sentence has them'() {
    const page = await open(await context())
    await until(async () => (await mode(page)) == 'live', 9, 'it is live')
    await changes(page, 5, 'another value')
    const [sentence, level] = await page.evaluate(() => ['line', 'value'].map(id => document.getElementById(id).textContent))
    assert.equal(sentence, SENTENCE + level)
    assert.equal(await page.textContent('#state'), '实时')
    await page.context().close()
  },

  async 'the plot begins with the last hour, and grows'() {
    const page = await open(await context())
    await until(async () => (await page.$eval('#hour .line', line => line.getAttribute('d'))), 5, 'a plot of the hour')
    const before = await points(page)
    await until(async () => (await points(page)) >= before + 4, 6, 'four points more')
    await page.context().close()
  },

  async 'a switch that every page and the OLED show'() {
    const [one, two] = [await open(await context()), await open(await context())]
    await until(async () => (await mode(one)) == 'live' && (await mode(two)) == 'live', 9, 'both are live')
    const took = []
    for (const on of [true, false, true, false]) {
      const [drawn, start] = [oled.length, Date.now()]
      await one.getByRole('switch', { name: '灯' }).click()
      await until(async () => (await isOn(one)) == on && (await isOn(two)) == on, 9, 'both pages show it')
      await until(() => oled.length > drawn, 9, 'the OLED is drawn anew')
      took.push(Date.now() - start)
    }
    assert(Math.min(...took) < 1000, `at once, if the machine has nothing else to do: ${took}`)
    await one.context().close()
    await two.context().close()
  },

  async 'a page of another origin cannot switch'() {
    const elsewhere = http.createServer((_, answer) => answer.end('<title>elsewhere</title>')).listen(0, '127.0.0.1')
    const page = await (await context()).newPage()
    await page.goto(`http://127.0.0.1:${elsewhere.address().port}/`)
    const result = board => page.evaluate(board => fetch(board, { method: 'PUT', body: 'on' }).then(() => 'sent', () => 'refused'), board)
    assert.equal(await result(url('/led')), 'refused')
    assert.equal(JSON.parse((await ask('/state')).body).led, false)
    await page.context().close()
    elsewhere.close()
  },

  async 'six tabs on four slots lock nobody out'() {
    const six = await context()
    const pages = await Promise.all(Array.from({ length: 6 }, () => open(six)))
    await Promise.all(pages.map((page, n) => changes(page, 8, `another value in tab ${n}`)))
    await Promise.all(pages.map((page, n) => changes(page, 8, `and another in tab ${n}`)))
    const waits = []
    for (let n = 0; n < 20; n++) {
      const start = Date.now()
      await ask('/light')
      waits.push(Date.now() - start)
    }
    waits.sort((a, b) => a - b)
    assert(waits[10] < 1500, `somebody else is answered: ${waits}`)
    const modes = await Promise.all(pages.map(mode))
    assert.equal(modes.filter(mode => mode == 'live').length, 2, `two listen, the others ask: ${modes}`)
    await pages[5].click('#led')
    await until(async () => (await Promise.all(pages.map(isOn))).every(on => on), 4, 'all tabs show the lamp')
    await pages[0].click('#led')
    await until(async () => (await Promise.all(pages.map(isOn))).every(on => !on), 4, 'all tabs show the lamp off')
    await six.close()
  },

  async 'eight idle connections and 200 requests beside a page'() {
    const idle = Array.from({ length: 8 }, () => net.connect(port, '127.0.0.1').on('error', () => {}))
    const page = await open(await context())
    for (let n = 0; n < 200; n++) assert.match(String((await ask('/light')).body), /^\{"light":\d+\}$/)
    await changes(page, 5, 'another value')
    for (const socket of idle) socket.destroy()
    await page.context().close()
  },

  async 'a hidden tab gives its connection up, and comes back'() {
    const page = await open(await context())
    const hide = hidden => page.evaluate(hidden => {
      Object.defineProperty(document, 'hidden', { value: hidden, configurable: true })
      document.dispatchEvent(new Event('visibilitychange'))
    }, hidden)
    await until(async () => (await mode(page)) == 'live', 9, 'it is live')
    await hide(true)
    const before = await value(page)
    await sleep(2e3)
    assert.equal(await value(page), before)
    await hide(false)
    await changes(page, 5, 'another value')
    await page.context().close()
  },

  async 'it says when it is stale, and comes back when the board has restarted'() {
    const [page, other] = [await open(await context()), await open(await context({ locale: 'en-US' }))]
    await until(async () => (await mode(page)) == 'live', 9, 'it is live')
    const before = await points(page)
    isDown = true
    await stop()
    for (const tab of [page, other]) await until(async () => (await mode(tab)) == 'stale', 12, 'it is stale')
    assert.match(await page.textContent('#state'), /^\d+:\d+:\d+ 后没有新值，正在重连$/)
    assert.match(await other.textContent('#state'), /^Nothing new since \d+:\d+:\d+, connecting again$/)
    await start()
    for (const tab of [page, other]) {
      await until(async () => (await mode(tab)) == 'live', 12, 'it is live again')
      await changes(tab, 5, 'another value')
    }
    isDown = false
    assert(await points(page) >= before, 'what was known is still there')
    await page.context().close()
    await other.context().close()
  },

  async 'without JavaScript: the value, anew every two seconds'() {
    const plain = await context({ javaScriptEnabled: false, locale: 'en-US' })
    const page = await open(plain)
    let loads = 0
    page.on('request', request => { loads += request.url() == url('/') })
    assert.match(await page.textContent('h1'), new RegExp(`^${SENTENCE}\\d+$`))
    assert(await page.locator('main noscript p').isVisible(), 'it says why there is no plot')
    assert(!(await page.locator('#led').isVisible()) && !(await page.locator('svg').first().isVisible()))
    await until(() => loads >= 2, 7, 'it was loaded anew twice')
    await plain.close()
  },

  async 'Chinese and English'() {
    for (const [locale, lang, lamp] of [['zh-CN', 'zh', '灯'], ['en-GB', 'en', 'Lamp'], ['fr', 'en', 'Lamp']]) {
      const page = await open(await context({ locale }))
      assert.equal(await page.getAttribute('html', 'lang'), lang)
      await page.getByRole('switch', { name: lamp, exact: true }).waitFor()
      await page.getByRole('img', { name: lang == 'zh' ? '最近两分钟' : 'The last two minutes' }).waitFor()
      assert((await page.textContent('h1')).startsWith(SENTENCE))
      await page.context().close()
    }
  },

  async 'contrast is that of WCAG AA, light and dark, live and stale'() {
    for (const colorScheme of ['light', 'dark']) {
      const page = await open(await context({ colorScheme }))
      for (const state of ['live', 'stale']) {
        const low = await page.evaluate(contrasts, state)
        assert.deepEqual(low, [], `${colorScheme}, ${state}`)
      }
      await page.context().close()
    }
  },

  async 'nothing moves for who does not want it'() {
    for (const reducedMotion of ['reduce', 'no-preference']) {
      const page = await open(await context({ reducedMotion }))
      await until(async () => (await points(page)) > 2, 5, 'a plot')
      const [frames, pictures] = await page.evaluate(async () => {
        const seen = new Set()
        let frames = 0
        for (const end = Date.now() + 2000; Date.now() < end; frames++) {
          await new Promise(requestAnimationFrame)
          seen.add(document.querySelector('#minutes .line').getAttribute('d'))
        }
        return [frames, seen.size]
      })
      const says = `${pictures} pictures in ${frames} frames`
      // Two events a second, and what is drawn anew every five.
      assert(reducedMotion == 'reduce' ? pictures <= 7 : pictures > 0.7 * frames, says)
      await page.context().close()
    }
  },

  async 'it fits a phone'() {
    const page = await open(await context({ viewport: { width: 320, height: 640 }, isMobile: true, hasTouch: true }))
    await page.waitForSelector('#led')
    assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), 320)
    const { height, y } = await page.locator('#led').boundingBox()
    assert(height >= 44 && y + height < 640, 'the switch is large enough, and in sight')
    await page.context().close()
  },

  async 'under 8 KiB, and nothing from elsewhere'() {
    const page = (await ask('/')).body
    const parts = page.toString().match(/\/page\.\w+\?\w+/g)
    const sizes = [gzipSync(page, { level: 9 }).length]
    for (const part of parts) sizes.push((await ask(part, { 'Accept-Encoding': 'gzip' })).body.length)
    console.log(`page, style and script: ${sizes.join(' + ')} bytes of gzip; the page is sent as ${page.length}`)
    assert(page.length + sizes[1] + sizes[2] < 8192)
    assert([...asked].every(origin => origin == 'null' || origin == url('')), [...asked].join())
  },

  async 'nothing in the console'() {
    assert.deepEqual(said, [])
  },
}

/** In the page: texts and lines whose contrast to what is behind them is too low. */
function contrasts(state) {
  document.body.className = state
  const light = color => {
    const [r, g, b] = color.match(/[\d.]+/g).map(n => n / 255).map(c => c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)
    return 0.2126 * r + 0.7152 * g + 0.0722 * b
  }
  const ratio = (a, b) => (Math.max(light(a), light(b)) + 0.05) / (Math.min(light(a), light(b)) + 0.05)
  const behind = element => {
    const color = getComputedStyle(element).backgroundColor
    return color == 'rgba(0, 0, 0, 0)' ? behind(element.parentElement) : color
  }
  const low = []
  for (const element of document.querySelectorAll('h1, p, span, output, figcaption, button, svg text, .line')) {
    const style = getComputedStyle(element)
    const isLine = element.matches('.line')
    const color = isLine ? style.stroke : element.matches('svg *') ? style.fill : style.color
    const least = isLine || parseFloat(style.fontSize) >= 24 ? 3 : 4.5
    const found = ratio(color, behind(element.closest('svg') ?? element))
    if (found < least) low.push([element.outerHTML.slice(0, 60), found])
  }
  const edge = getComputedStyle(document.getElementById('led'), '::before').borderTopColor
  if (ratio(edge, behind(document.getElementById('led'))) < 3) low.push(['the switch', edge])
  return low
}

/** Pictures for the documents, with an hour of a cloudy day, for which one would have to wait. */
async function takePictures() {
  const sky = n => 1900 + 1100 * Math.sin(n / 71) + 420 * Math.sin(n / 17 + 1) + 130 * Math.sin(n / 3.1) + 30 * Math.sin(n * 12.9)
  const phone = { viewport: { width: 390, height: 690 }, isMobile: true, hasTouch: true }
  const take = async (name, options, on) => {
    const page = await (await context(options)).newPage()
    await page.route('**/history', async route => {
      const past = JSON.parse(await (await route.fetch()).text())
      // It ends where the sensor is now.
      const level = JSON.parse((await ask('/state')).body).light
      past.light = Array.from({ length: 512 }, (_, n) => Math.round(sky(n) + (level - sky(511)) * (n / 511) ** 16))
      await route.fulfill({ body: JSON.stringify(past) })
    })
    await page.goto(url('/'))
    await sleep(25e3)
    if (await isOn(page) != on) await page.click('#led')
    await page.evaluate(() => document.activeElement.blur())
    await sleep(6e3)
    writeFileSync(`${pictures}/${name}.png`, await page.screenshot())
    await page.context().close()
  }
  const desktop = { viewport: { width: 860, height: 760 } }
  for (const [colorScheme, on] of [['light', false], ['dark', true]]) {
    await Promise.all([
      take(`page-${colorScheme}`, { ...desktop, colorScheme, locale: on ? 'zh-CN' : 'en-US' }, on),
      take(`phone-${colorScheme}`, { ...phone, colorScheme, locale: on ? 'en-US' : 'zh-CN' }, on),
    ])
  }
}

let failed = 0
await start()
if (pictures) await takePictures()
else {
  failed = await run(checks, async () => {
    if (server.signalCode) await start()
    isDown = false
  })
}
await browser.close()
await stop()
process.exit(failed ? 1 : 0)
