import assert from "node:assert/strict";
import { test } from "node:test";
import { directionOf } from "../../nginx/www/assets/lib/direction.js";

const cases = {
  rtl: [
    "مرحبا", "Next.js هو إطار عمل مشهور لبناء التطبيقات.", "API هي واجهة برمجة التطبيقات", "React هو إطار", "שלום world", "استخدم React Router مع المكتبة", "PDF ملف", "Docker یک پلتفرم متن‌باز است", "1. 5 عناصر", "ܫܠܡܐ", "𞤀𞤁𞤂",
    "https://example.org/a/very/long/address هنا", "انظر nginx/www/assets/elements/markdown-text.js", "user@example.org أرسل", "السعر: 5 USD", "API\nواجهة\nSDK\nمجموعة أدوات",
  ],
  ltr: ["The Arabic word سلام means peace.", "سلام is the Arabic word for peace.", "see https://example.org/سلام for more"],
  auto: ["words", "", "12 + 5", "中文", "https://a.org", "😀"],
};

for (const [direction, texts] of Object.entries(cases)) {
  for (const text of texts) test(`${JSON.stringify(text)} is ${direction}`, () => assert.equal(directionOf(text), direction));
}
