// What checks in Chromium have in common.
import assert from 'node:assert/strict'

const { chromium } = await import(process.env.PLAYWRIGHT)

export const sleep = ms => new Promise(done => setTimeout(done, ms))

/** Waits until `what` is true, for so many seconds at most. */
export async function until(what, seconds, why) {
  const end = Date.now() + seconds * 1e3
  while (!(await what())) {
    assert(Date.now() < end, `not within ${seconds} s: ${why}`)
    await sleep(50)
  }
}

export const launch = (...args) =>
  chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: ['--no-sandbox', ...args] })

/** Runs them one after the other, and says how many failed; `tidy` behind each. */
export async function run(checks, tidy = async () => {}) {
  let failed = 0
  for (const [name, check] of Object.entries(checks)) {
    const start = Date.now()
    const error = await check().then(() => undefined, error => error)
    if (error) failed++
    await tidy()
    console.log(`${error ? `FAILED (${error.message})` : 'ok    '} ${name} (${((Date.now() - start) / 1e3).toFixed(1)} s)`)
  }
  console.log(`${Object.keys(checks).length - failed} passed, ${failed} failed`)
  return failed
}
