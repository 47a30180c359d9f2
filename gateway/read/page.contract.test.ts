import { existsSync } from 'node:fs'
import { type Browser, chromium, type Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openSeeded, type ReadGateway, tokens } from '../../test/support/read-gateway.ts'
import { devices, END, HOSTILE } from '../../test/support/seeded-gateway.ts'
import { memoryStore } from '../store/memory.ts'

const CHROMIUM = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(existsSync)

const launch = (executablePath: string) =>
  chromium.launch({
    executablePath,
    args: [
      '--no-sandbox',
      '--headless',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--no-first-run',
    ],
  })

describe.skipIf(!CHROMIUM)('in a browser (skipped where no Chromium is installed)', () => {
  let gateway: ReadGateway
  let browser: Browser
  let page: Page
  /** Whatever the browser complains of, and every dialog a script opens. */
  let complaints: string[]

  beforeAll(async () => {
    gateway = await openSeeded(memoryStore())
    browser = await launch(CHROMIUM ?? '')
  })
  afterAll(async () => {
    await browser?.close()
    await gateway?.stop()
  })

  const open = async (path: string, viewport = { width: 1_280, height: 900 }) => {
    page = await browser.newPage({ viewport })
    complaints = []
    page.on('console', (message) => {
      if (['error', 'warning'].includes(message.type())) complaints.push(message.text())
    })
    page.on('pageerror', (error) => complaints.push(error.message))
    page.on('requestfailed', (request) => complaints.push(`failed: ${request.url()}`))
    page.on('dialog', (dialog) => {
      complaints.push(`dialog: ${dialog.message()}`)
      void dialog.dismiss()
    })
    page.on('request', (request) => {
      if (!request.url().startsWith(gateway.url)) complaints.push(`asks elsewhere: ${request.url()}`)
    })
    await page.clock.setFixedTime(END)
    await page.goto(gateway.url + path)
  }

  test('the status page shows counts, batches with their transactions, devices, epochs and claims', async () => {
    await open('/')
    await page.waitForSelector('#batches tr:nth-child(7)')
    expect(await page.textContent('#count-devices')).toBe('6')
    expect(await page.textContent('#count-settled')).toBe('6')
    expect(await page.textContent('#health')).toBe('running')
    expect(await page.getAttribute('#batches tr:first-child .hash', 'title')).toMatch(/^0x[0-9a-f]{64}/)
    expect(await page.locator('#devices tr').count()).toBe(6)
    expect(await page.locator('#epochs tr').count()).toBe(2)
    expect(await page.locator('#claims tr').count()).toBe(6)
    expect(await page.locator('#commands code').allTextContents()).toEqual([
      expect.stringMatching(/^curl -s http/),
      expect.stringMatching(/^curl -s -H/),
      expect.stringMatching(/^npx cairn verify/),
    ])
    expect(complaints).toEqual([])
    await page.close()
  })

  test('a token shows its owner’s newest readings and what was earned, and is kept nowhere', async () => {
    await open('/')
    await page.waitForSelector('#batches tr:nth-child(7)')
    await page.fill('#token', tokens.alice)
    await page.click('#token-form button')
    await page.waitForSelector('.card:nth-child(4)')
    const text = await page.textContent('#readings')
    expect(text).toContain('20.77\u202f°C')
    expect(text).toContain('npx cairn verify')
    const tracker = page.locator('.card', { hasText: devices.tracker.address.slice(0, 8) })
    await tracker.getByText('explain the reward').click()
    await tracker.locator('table').waitFor()
    expect(await tracker.locator('table').textContent()).toContain('ACCEPTED969.23')
    const kept = await page.evaluate('JSON.stringify([localStorage, sessionStorage, document.cookie, location.href])')
    expect(kept).not.toContain(tokens.alice)
    expect(complaints).toEqual([])
    await page.close()
  })

  test('a wrong token is told, in words', async () => {
    await open('/')
    await page.fill('#token', 'nobody')
    await page.click('#token-form button')
    await page.waitForFunction('document.getElementById("owner-said").textContent.includes("nobody’s")')
    await page.close()
  })

  test('a model and a reading that try to be HTML stay text', async () => {
    await open('/')
    await page.waitForSelector('#devices tr:nth-child(6)')
    expect(await page.textContent('#devices')).toContain(HOSTILE)
    await page.fill('#token', tokens.bob)
    await page.click('#token-form button')
    await page.waitForSelector('.card:nth-child(2)')
    expect(await page.textContent('#readings')).toContain(HOSTILE)
    expect(await page.locator('main img').count()).toBe(0)
    expect(complaints).toEqual([])
    await page.close()
  })

  test('a script that got into the page all the same would not run', async () => {
    await open('/')
    const ran = await page.evaluate(`new Promise((resolve) => {
      document.body.insertAdjacentHTML('beforeend', '<img src="/nope" onerror="window.hacked = true">')
      const script = document.createElement('script')
      script.textContent = 'window.hacked = true'
      document.body.append(script)
      document.querySelector('body > img').addEventListener('error', () => resolve(window.hacked === true))
    })`)
    expect(ran).toBe(false)
    expect(complaints.join()).toContain('Content Security Policy')
    await page.close()
  })

  test('the page fits a phone', async () => {
    await open('/', { width: 360, height: 740 })
    await page.waitForSelector('#batches tr:nth-child(7)')
    expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true)
    await page.close()
  })

  test('the API’s page shows every operation, from our own files alone', async () => {
    await open('/docs/')
    await page.waitForSelector('#operations-readings-getReading')
    const { body } = await gateway.get('/openapi.json')
    const described = Object.values<object>(body.paths).flatMap((methods) => Object.keys(methods)).length
    expect(await page.locator('.opblock').count()).toBe(described)
    expect(complaints).toEqual([])
    await page.close()
  })
})
