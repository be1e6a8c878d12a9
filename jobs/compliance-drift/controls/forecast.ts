import type { Report, ReportBlock, StreamedTable } from '../../../src/job/report.ts';
import { count } from '../../../src/text/count.ts';
import type { JsonObject } from '../../../src/text/json.ts';
import { addDays, type Day } from '../../../src/time/calendar-day.ts';
import { attestationCells, attestationColumns, attestationDocument } from './attestation.ts';
import type { ControlsScope } from './present-controls.ts';
import type { PresentControl, Turn } from './read-controls.ts';
import { remedyOf } from './remedy.ts';

/** One change of status that is to come. */
export interface ForecastTurn {
  readonly control: PresentControl;
  readonly turn: Turn;
}

/** The changes through that many days from today, soonest first; a control can turn twice. */
export function forecast(
  controls: readonly PresentControl[],
  today: Day,
  days: number,
): readonly ForecastTurn[] {
  const last = addDays(today, days);
  return controls
    .flatMap((control) => control.turns.map((turn) => ({ control, turn })))
    .filter(({ turn }) => turn.on <= last)
    .sort((a, b) => (a.turn.on < b.turn.on ? -1 : a.turn.on > b.turn.on ? 1 : 0));
}

export function forecastDocument({ control, turn }: ForecastTurn): JsonObject {
  return {
    framework: control.framework,
    control_id: control.controlId,
    name: control.name,
    from: control.status,
    on: turn.on,
    to: turn.to,
    rule: control.rule?.name ?? null,
    attestation: attestationDocument(control.attestation),
    remedy: comingRemedy(control),
  };
}

export function forecastRows(turns: readonly ForecastTurn[]): StreamedTable {
  return {
    kind: 'rows',
    columns: ['on', 'framework', 'control_id', 'name', 'from', 'to', 'rule', 'remedy', ...attestationColumns],
    rows: () =>
      turns.map(({ control, turn }) => [
        turn.on,
        control.framework,
        control.controlId,
        control.name,
        control.status,
        turn.to,
        control.rule?.name ?? '',
        comingRemedy(control),
        ...attestationCells(control.status, control.attestation),
      ]),
  };
}

export function forecastReport(turns: readonly ForecastTurn[], scope: ControlsScope, days: number): Report {
  const header = [
    {
      kind: 'line',
      text: `Database: ${scope.database}. Days are days of ${scope.zone}; today is ${scope.today}.`,
    },
    { kind: 'line', text: answerOf(turns, scope, days) },
  ] as const;
  return turns.length === 0 ? header : [...header, forecastTable(turns)];
}

export function answerOf(turns: readonly ForecastTurn[], { evaluated }: ControlsScope, days: number): string {
  const controls = new Set(turns.map(({ control }) => control)).size;
  return `${controls} of ${count(evaluated, 'control')} get worse in the next ${count(days, 'day')} if no new evidence comes.`;
}

export function forecastTable(turns: readonly ForecastTurn[]): ReportBlock {
  return {
    kind: 'table',
    columns: ['on', 'framework', 'control', 'name', 'turns', 'remedy'],
    rows: turns.map(({ control, turn }) => [
      turn.on,
      control.framework,
      control.controlId,
      control.name,
      turn.to === 'warning'
        ? { text: 'warning', tone: 'warning' as const }
        : { text: 'non-compliant', tone: 'bad' as const },
      comingRemedy(control),
    ]),
  };
}

/** What keeps a control that passes as it is. */
export function comingRemedy(control: PresentControl): string {
  if (control.status === 'manual') return `attest it again by ${control.attestation?.until ?? 'its end'}`;
  return control.status === 'compliant' ? remedyOf({ ...control, status: 'warning' }) : remedyOf(control);
}
