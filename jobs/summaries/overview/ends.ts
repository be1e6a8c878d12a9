import { count } from '../../../src/text/count.ts';
import { dayOf } from '../../../src/time/calendar-day.ts';
import { readRates } from '../../expiry/costs.sql.ts';
import { sumsInWords, totalInWords } from '../../expiry/costs.ts';
import { type Cost, type ItemKind, kindWords } from '../../expiry/item.ts';
import { allSources, withExpiryReport } from '../../expiry/report/read.ts';
import type { OverviewLine, OverviewPart } from './part.ts';

const days = 90;
const next = `report expiry --days ${days}`;
const watchingJobs = ['subscription-renewals', 'credential-expiry', 'certificate-expiry', 'deadlines'];

interface EndsOfKind {
  amount: number;
  readonly costs: Cost[];
}

/** What ends from now on, by kind, and what it costs. */
export const endsPart: OverviewPart = {
  title: `What ends in the next ${days} days`,
  read: async ({ db, now, zones, settingsOf }) => {
    const jobs = Object.fromEntries(
      watchingJobs.map((job) => [job, { settings: settingsOf(job) ?? {}, params: {} }]),
    );
    const sources = await allSources(db, jobs, zones.business);
    const window = { today: dayOf(now, zones.business), days, expired: false, period: null };
    return withExpiryReport(db, sources, window, async (report) => {
      const kinds = new Map<ItemKind, EndsOfKind>();
      for await (const { item } of report.ends()) {
        const kind = kinds.get(item.kind) ?? { amount: 0, costs: [] };
        kind.amount += 1;
        if (item.cost !== null) kind.costs.push(item.cost);
        kinds.set(item.kind, kind);
      }
      const rates = [...kinds.values()].some(({ costs }) => costs.length > 0) ? await readRates(db) : null;
      const cut = report.completeTo === null ? '' : `only through ${report.completeTo}: there are too many`;
      return [
        {
          ...{ what: 'ends and renewals in all', value: report.count, before: null },
          detail: [totalInWords(report.total), cut].filter((one) => one !== '').join('; '),
          ...{ bad: cut !== '', next },
        },
        ...[...kinds].map(
          ([kind, { amount, costs }]): OverviewLine => ({
            what: kindWords[kind].many,
            ...{ value: amount, before: null, detail: sumsInWords(costs, rates), bad: false, next },
          }),
        ),
        ...(report.problems.length === 0
          ? []
          : [
              {
                ...{ what: 'items whose end is not known', value: report.problems.length, before: null },
                detail: `${count(report.problems.length, 'item')} left out above`,
                ...{ bad: true, next },
              },
            ]),
      ];
    });
  },
};
