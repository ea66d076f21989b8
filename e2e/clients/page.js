// What a person does with the chat page, in Chromium. PAGE_BUG plants a bug in the page: `twice` (what was said is said again
// when it comes back), `away` (it does not come back), `blind` (it does not show what it is told).
const { chromium } = require('playwright-core');
const path = require('node:path');
(async () => {
  const browser = await chromium.launch({ executablePath: process.env.CHROMIUM, args: ['--no-sandbox'] });
  try {
    const page = await browser.newPage();
    page.setDefaultTimeout(Number(process.env.PAGE_PATIENCE ?? 30_000));
    const asked = new URLSearchParams({ url: process.env.SEQCHECK_URL, bug: process.env.PAGE_BUG ?? '' });
    await page.goto(`file://${path.resolve(__dirname, 'page.html')}?${asked}`);
    const say = async (text) => {
      await page.getByLabel('Message').fill(text);
      await page.getByRole('button', { name: 'Send' }).click();
    };
    const shows = (text) => page.getByRole('listitem').filter({ hasText: text }).waitFor();
    await say('hello');
    await shows('Bob: hello Ann');
    await shows('Bob: are you back?');
    await say('yes');
    await page.getByRole('button', { name: 'Leave' }).click();
    await page.waitForFunction('socket.readyState === WebSocket.CLOSED');
  } finally {
    await browser.close();
  }
})().catch((why) => {
  console.error(why.message);
  process.exitCode = 1;
});
