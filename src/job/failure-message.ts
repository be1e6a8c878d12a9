import { TZDate } from '@date-fns/tz/date';
import { format } from 'date-fns/format';
import { cutText } from '../notify/forms/cut-text.ts';
import type { Notice } from '../notify/notice.ts';
import type { EventDefinition, OutgoingMessage, TemplateDefinition } from '../notify/notifier.ts';
import { code, footer, opening, page, paragraph, small } from '../notify/templates/mail-parts.ts';
import { forAdministrators } from '../notify/for-administrators.ts';
import { count } from '../text/count.ts';
import { plainText } from '../text/plain-text.ts';

/** Code of the event; also how the messages about failures are found again. */
export const failureEventCode = 'JOB_FAILED';

/** Of every job. */
export const failureEvent: EventDefinition = {
  code: failureEventCode,
  name: 'Job failed',
  description: 'A scheduled job of opsdeck-jobs failed, still fails, or works again.',
  ...forAdministrators,
};

const why =
  'You get this mail because you are an administrator of OpsDeck. Who gets it, and where, is set in the notification event JOB_FAILED.';

const failingHead = opening(
  `{{ job }} {% if still %}still fails{% else %}failed{% endif %}`,
  `Failing since {{ failing_since }}{% if failures > 1 %}: {{ failures }} scheduled runs{% endif %}. Last success: {% if last_success %}{{ last_success }}{% else %}never{% endif %}. Times in {{ zone }}.`,
  [
    paragraph(`{{ message }}`, ';word-break:break-word'),
    `{% if next %}${paragraph('<strong>Next:</strong> {{ next }}', ';word-break:break-word')}{% endif %}`,
    `{% if effect %}${paragraph('{{ effect }}')}{% endif %}`,
    paragraph(`The next scheduled run tries it again.`),
    paragraph(
      `Host: {{ host }}<br>Run: {{ run }}, started on {{ tried_at }}<br>Error: {{ error_code }}`,
      `;word-break:break-word;${small}`,
    ),
  ],
);

const failingSubject =
  'Job {{ job }} {% if still %}still fails{% else %}failed{% endif %} on {{ host }}: {{ headline }}';

const failingTemplate: TemplateDefinition = {
  name: 'Job Failed',
  category: 'system',
  subject: failingSubject,
  bodyHtml: page(
    'bad',
    failingSubject,
    '{% if next %}Next: {{ next }}{% else %}{{ message }}{% endif %}',
    `${failingHead}
${footer(`Everything about the run: ${code('opsdeck-jobs runs show {{ run }}')}<br>${why}`)}`,
  ),
};

const recoveredSubject = 'Job {{ job }} works again';

const recoveredTemplate: TemplateDefinition = {
  name: 'Job Works Again',
  category: 'system',
  secondary: true,
  subject: recoveredSubject,
  bodyHtml: page(
    'good',
    recoveredSubject,
    'It succeeded on {{ last_success }}',
    `${opening(`{{ job }} works again`, `It succeeded on {{ last_success }}. Times in {{ zone }}.`, [
      `{% if failing_since %}${paragraph('It had failed since {{ failing_since }}: {{ failures }} scheduled run{% if failures != 1 %}s{% endif %}.')}{% endif %}`,
      `{% if effect %}${paragraph('While it failed: {{ effect }}')}{% endif %}`,
      `{% if missed %}${paragraph('{{ missed }} more scheduled run{% if missed != 1 %}s{% endif %} did not take place in that time.')}{% endif %}`,
    ])}
${footer(`What happened: ${code('opsdeck-jobs runs list {{ job }}')}<br>${why}`)}`,
  ),
};

const toAdministrators = {
  event: failureEvent,
  recipients: forAdministrators.audience.recipients,
  targetType: 'job',
  targetId: 0,
} as const;

/** Consecutive failures of a job's schedule, and what is to be reported about them. */
export interface FailureStreak {
  readonly job: string;
  /** Id of the first failed run: names the streak. */
  readonly firstRun: string;
  readonly firstAt: Date;
  readonly lastRun: string;
  readonly lastAt: Date;
  readonly failures: number;
  readonly runner: string;
  readonly errorCode: string;
  readonly errorMessage: string;
  /** What a person does next, as a sentence; null: the error names nothing. */
  readonly errorNext: string | null;
  readonly lastSuccessAt: Date | null;
  /** What it means for people, as a sentence; null: not known. */
  readonly effect: string | null;
  /** Administrators were alerted about this streak before. */
  readonly still: boolean;
  /** Whole days since the first failure. */
  readonly day: number;
}

/** To every administrator: at the first failure, then once every 24 hours while it lasts. */
export function failingMessage(streak: FailureStreak, zone: string): OutgoingMessage {
  return {
    ...toAdministrators,
    template: failingTemplate,
    dedupeKey: failingKey(streak.job, streak.firstRun, streak.day),
    context: {
      job: streak.job,
      streak: streak.firstRun,
      day: streak.day,
      error_code: streak.errorCode,
      message: streak.errorMessage,
      headline: headlineOf(streak.errorMessage),
      next: streak.errorNext ?? '',
      failures: streak.failures,
      run: streak.lastRun,
      runner: streak.runner,
      host: streak.runner.replace(/:\d+$/, ''),
      effect: streak.effect ?? '',
      still: streak.still,
      tried_at: words(streak.lastAt, zone),
      failing_since: words(streak.firstAt, zone),
      last_success: streak.lastSuccessAt === null ? '' : words(streak.lastSuccessAt, zone),
      zone,
    },
    notice: noticeOf(streak.job, 'high', {
      id: streak.lastRun,
      text: `${streak.still ? 'still fails' : 'failed'}: ${[streak.errorMessage, nextOf(streak)].join(' ').trim()}`,
    }),
    mailThread: { key: threadKey(streak.job, streak.firstRun), begins: !streak.still },
  };
}

function nextOf({ errorNext }: FailureStreak): string {
  return errorNext === null ? '' : `Next: ${errorNext}`;
}

/** The first sentence, for a subject. */
function headlineOf(message: string): string {
  const [first = ''] = plainText(message.split('\n', 1)[0] ?? '').split(/(?<=\.)\s/, 1);
  return cutText(first.replace(/\.$/, ''), 120);
}

/** Of a job, not of a streak: what works again resolves what was opened. */
function noticeOf(
  job: string,
  severity: 'high' | 'info',
  { id, text }: { readonly id: string; readonly text: string },
): Notice {
  return {
    severity,
    state: severity === 'info' ? 'resolved' : 'open',
    thread: `job-failed:${job}`,
    url: null,
    items: [{ type: 'run', id, name: job, text, severity, url: null }],
    items_total: 1,
  };
}

/** A streak that administrators were alerted about, and that is over. */
export interface EndedStreak {
  readonly job: string;
  readonly firstRun: string;
  readonly succeededAt: Date;
  /** null: the history does not have it any more. */
  readonly firstAt: Date | null;
  readonly failures: number;
  /** Scheduled runs of that time that did not take place. */
  readonly missed: number;
  /** What the last failure meant for people, as a sentence; null: not known. */
  readonly effect: string | null;
}

/** To every administrator, once: the streak that was reported is over. */
export function recoveredMessage({ job, firstRun, ...over }: EndedStreak, zone: string): OutgoingMessage {
  const succeeded = words(over.succeededAt, zone);
  const since = over.firstAt === null ? '' : words(over.firstAt, zone);
  const failures =
    over.firstAt === null ? '' : `, after ${count(over.failures, 'failed run')} since ${since}`;
  return {
    ...toAdministrators,
    template: recoveredTemplate,
    dedupeKey: `${threadKey(job, firstRun)}:recovered`,
    context: {
      job,
      streak: firstRun,
      recovered: true,
      last_success: succeeded,
      failing_since: since,
      failures: over.failures,
      missed: over.missed,
      effect: over.effect ?? '',
      zone,
    },
    notice: noticeOf(job, 'info', { id: firstRun, text: `works again since ${succeeded}${failures}` }),
    mailThread: { key: threadKey(job, firstRun), begins: false },
  };
}

function threadKey(job: string, firstRun: string): string {
  return `job-failed:${job}:${firstRun}`;
}

function failingKey(job: string, firstRun: string, day: number): string {
  return `${threadKey(job, firstRun)}:day-${day}`;
}

function words(instant: Date, zone: string): string {
  return format(new TZDate(instant, zone), 'EEEE d MMMM yyyy, HH:mm');
}
