import { TZDate } from '@date-fns/tz/date';
import { format } from 'date-fns/format';
import type { Notice } from '../notify/notice.ts';
import type { EventDefinition, OutgoingMessage, TemplateDefinition } from '../notify/notifier.ts';
import { code, footer, opening, page, paragraph } from '../notify/templates/mail-parts.ts';

/** Code of the event; also how the messages about failures are found again. */
export const failureEventCode = 'JOB_FAILED';

/** Of every job. */
export const failureEvent: EventDefinition = {
  code: failureEventCode,
  name: 'Job failed',
  description: 'A scheduled job of opsdeck-jobs failed, still fails, or works again.',
  channels: ['email'],
  daysOffset: 0,
  audience: { words: 'administrators', recipients: [{ kind: 'role', role: 'admin' }] },
};

const why =
  'You get this mail because you are an administrator of OpsDeck. Who gets it, and where, is set in the notification event JOB_FAILED.';

const failingHead = opening(
  `{{ job }} {% if still %}still fails{% else %}failed{% endif %}`,
  `Times in {{ zone }}`,
  [
    paragraph(`{{ message }} [{{ error_code }}]`, ';word-break:break-word'),
    paragraph(
      `Host: {{ host }}<br>Run: ${code('{{ run }}')}, started on {{ tried_at }}<br>Failing since: {{ failing_since }}{% if failures > 1 %} ({{ failures }} scheduled runs){% endif %}<br>Last success: {% if last_success %}{{ last_success }}{% else %}never{% endif %}`,
    ),
    `{% if effect %}${paragraph('{{ effect }}')}{% endif %}`,
    paragraph(`The next scheduled run tries it again.`),
  ],
);

const failingTemplate: TemplateDefinition = {
  name: 'Job Failed',
  category: 'system',
  subject:
    'Job {{ job }} {% if still %}still fails{% else %}failed{% endif %} on {{ host }}: {{ error_code }}',
  bodyHtml: page(
    'bad',
    `${failingHead}
${footer(`Next: ${code('opsdeck-jobs runs show {{ run }}')}<br>${why}`)}`,
  ),
};

const recoveredTemplate: TemplateDefinition = {
  name: 'Job Works Again',
  category: 'system',
  secondary: true,
  subject: 'Job {{ job }} works again',
  bodyHtml: page(
    'good',
    `${opening(`{{ job }} works again`, `It succeeded on {{ last_success }} ({{ zone }}).`)}
${footer(`What happened: ${code('opsdeck-jobs runs list {{ job }}')}<br>${why}`)}`,
  ),
};

const toAdministrators = {
  event: failureEvent,
  recipients: [{ kind: 'role', role: 'admin' }],
  targetType: 'job',
  targetId: 0,
} as const;

/** Consecutive failures of a job's schedule, and what is to be told about them. */
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
      text: `failed: ${streak.errorMessage} [${streak.errorCode}]`,
    }),
  };
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

/** To every administrator, once: the streak that was told about is over. */
export function recoveredMessage(
  job: string,
  firstRun: string,
  succeededAt: Date,
  zone: string,
): OutgoingMessage {
  return {
    ...toAdministrators,
    template: recoveredTemplate,
    dedupeKey: `job-failed:${job}:${firstRun}:recovered`,
    context: { job, streak: firstRun, recovered: true, last_success: words(succeededAt, zone), zone },
    notice: noticeOf(job, 'info', { id: firstRun, text: `works again since ${words(succeededAt, zone)}` }),
  };
}

function failingKey(job: string, firstRun: string, day: number): string {
  return `job-failed:${job}:${firstRun}:day-${day}`;
}

function words(instant: Date, zone: string): string {
  return format(new TZDate(instant, zone), 'EEEE d MMMM yyyy, HH:mm');
}
