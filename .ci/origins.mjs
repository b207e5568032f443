// Pages of other origins in Chromium, against the example `guards`: what its Cors allows, what it does not, and what the
// browser sends without being allowed. Ends with a line `N passed, M failed`.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import http from 'node:http'

import { launch, run, until } from './browser.mjs'

const BOARD = 'http://board.school.example'
const [ALLOWED, SIBLING, ELSEWHERE] = ['dashboard.school', 'other.school', 'elsewhere'].map(name => `http://${name}.example`)

const board = spawn(process.env.GUARDS, ['0'])
let printed = ''
board.stdout.on('data', text => { printed += text })
await until(() => printed.includes('\n'), 10, 'the board listens')
const address = printed.match(/[\d.]+:\d+/)[0]
const pages = http.createServer((_, answer) => answer.end('<title>a page</title>')).listen(0, '127.0.0.1')
await until(() => pages.address(), 5, 'the pages are served')
const browser = await launch(
  `--host-resolver-rules=MAP board.school.example ${address}, MAP *.example 127.0.0.1:${pages.address().port}`,
)

const stranger = await (await browser.newContext()).newPage()
/** Of a browser that has a session of the board. */
const member = await (await browser.newContext()).newPage()

async function open(origin, page = stranger) {
  await page.goto(origin)
  return page
}

/** What a page gets: status and text, or `refused`. */
const ask = (page, path, options = {}) => page.evaluate(
  ([url, options]) => fetch(url, options).then(async answer => [answer.status, await answer.text()], () => 'refused'),
  [BOARD + path, options],
)
const json = (level, more = {}) =>
  ({ method: 'PUT', body: JSON.stringify({ level }), headers: { 'Content-Type': 'application/json', ...more } })
/** The level, as the board says itself. */
const level = async () => Number(await (await fetch(`http://${address}/level`)).text())

const failed = await run({
  async 'a page of the allowed origin reads, and sets by PUT and JSON, which are asked about first'() {
    const page = await open(ALLOWED)
    assert.deepEqual(await ask(page, '/level'), [200, String(await level())])
    const methods = []
    page.on('request', request => methods.push(request.method()))
    assert.deepEqual(await ask(page, '/level', json(7)), [204, ''])
    assert.equal(await level(), 7)
    assert.deepEqual(await ask(page, '/level', { ...json(8), method: 'POST' }), [204, ''])
    assert.equal(await level(), 8)
    assert.deepEqual(methods, ['PUT', 'POST'])
  },

  async 'it reads failures, too'() {
    const page = await open(ALLOWED)
    assert.equal((await ask(page, '/nowhere'))[0], 404)
    assert.equal((await ask(page, '/level', { ...json(8), body: 'x' }))[0], 400)
    assert.equal((await ask(page, '/admin'))[0], 401)
  },

  async 'what is not named is refused it as well: a method, a header'() {
    const page = await open(ALLOWED)
    assert.equal(await ask(page, '/level', { method: 'DELETE' }), 'refused')
    assert.equal(await ask(page, '/level', json(9, { 'X-More': '1' })), 'refused')
    assert.equal(await level(), 8)
  },

  async 'a page of another origin neither reads nor sets'() {
    for (const origin of [SIBLING, ELSEWHERE]) {
      const page = await open(origin)
      assert.equal(await ask(page, '/level'), 'refused')
      for (const method of ['PUT', 'POST']) assert.equal(await ask(page, '/level', { ...json(9), method }), 'refused')
      assert.equal(await level(), 8)
    }
  },

  async 'what browsers send unasked is no JSON'() {
    const page = await open(ELSEWHERE)
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data']) {
      const sent = { method: 'POST', mode: 'no-cors', body: '{"level":9}', headers: { 'Content-Type': type } }
      assert.deepEqual(await ask(page, '/level', sent), [0, ''], 'it was sent, and the answer is hidden')
    }
    assert.equal(await page.evaluate(url => navigator.sendBeacon(url, '{"level":9}'), `${BOARD}/level`), true)
    const [answer] = await Promise.all([
      page.waitForResponse(`${BOARD}/level`),
      page.evaluate(url => {
        document.body.innerHTML = `<form method=post enctype=text/plain action="${url}"><input name='{"level":9,"x":"' value='"}'>`
        document.forms[0].submit()
      }, `${BOARD}/level`),
    ])
    assert.equal(answer.status(), 415)
    assert.equal(await level(), 8)
  },

  async 'the session goes along if the page and the browser say so'() {
    await open(`${BOARD}/login`, member)
    await member.fill('input', 'correct horse')
    await member.click('button')
    assert.equal(await member.textContent('body'), 'admin')
    const page = await open(ALLOWED, member)
    assert.deepEqual(await ask(page, '/account', { credentials: 'include' }), [200, 'admin'])
    const [, text] = await ask(page, '/account')
    assert.match(text, /<form/, 'without credentials it is nobody')
    await open(SIBLING, member)
    assert.equal(await ask(page, '/account', { credentials: 'include' }), 'refused', 'its cookie is sent, and the answer is hidden')
  },
})
await browser.close()
pages.close()
board.kill()
process.exit(failed ? 1 : 0)
