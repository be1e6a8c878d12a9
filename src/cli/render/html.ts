import { pagePieces } from '../../html/page.tsx';
import { plainPage } from '../../html/plain-page.ts';
import type { ReportForms } from '../../job/report-forms.ts';
import { version } from '../../service/version.ts';

/** The report as one file for a browser, piece by piece. */
export async function htmlPieces(
  { title, present, page, origin }: ReportForms,
  person: string,
): Promise<AsyncGenerator<string>> {
  const made = { ...(await origin()), person, version };
  return pagePieces(
    page === undefined ? plainPage(title, await present({ whole: true })) : await page(),
    made,
  );
}
