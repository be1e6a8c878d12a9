import { sql } from 'kysely';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { driftAttention } from '../../../jobs/compliance-drift/attention.ts';
import { endControlAction } from '../../../jobs/compliance-drift/commands/controls-decide.action.ts';
import { listControls } from '../../../jobs/compliance-drift/commands/controls-list.action.ts';
import { showControl } from '../../../jobs/compliance-drift/commands/controls-show.action.ts';
import { findControl } from '../../../jobs/compliance-drift/controls/find-control.ts';
import { forecast } from '../../../jobs/compliance-drift/controls/forecast.ts';
import { readControls } from '../../../jobs/compliance-drift/controls/read-controls.ts';
import { acceptControl } from '../../../jobs/compliance-drift/decisions/accept.ts';
import { addAction, endAction } from '../../../jobs/compliance-drift/decisions/act.ts';
import { attestControl, type NewAttestation } from '../../../jobs/compliance-drift/decisions/attest.ts';
import { byWords } from '../../../jobs/compliance-drift/rules/evidence-words.sql.ts';
import { evidenceWords } from '../../../jobs/compliance-drift/rules/evidence-words.ts';
import type { Author } from '../../../src/decisions/author.ts';
import { readAttention } from '../../../src/job/attention.ts';
import { authorNamed } from '../../support/author.ts';
import { onEachDatabase } from '../../support/databases.ts';
import { ioOn } from './commands/drift-history.ts';
import { newWorld, storedControls, succeeded, type World } from './world.ts';

const met = (until: string): NewAttestation => ({ result: 'met', reason: 'seen', evidence: 'DOC-1', until });
const notMet: NewAttestation = { result: 'not_met', reason: 'no policy', evidence: null, until: null };
const zones = { stored: 'UTC', business: 'Europe/Madrid' };

async function addPerson(world: World, email: string, archived = false): Promise<number> {
  const values = { name: email, email, role: 'user', is_archived: archived, hide_from_org_chart: false };
  const added = await world.database.db
    .insertInto('user')
    .values(values)
    .returning('id')
    .executeTakeFirstOrThrow();
  return added.id;
}

function scopeOf({ clock }: World) {
  return { now: clock.now(), zones, frameworkId: null, policy: byWords(evidenceWords, true) };
}

/** Named at a terminal. */
function named({ clock }: World, actor = 'ana@example.org'): Author {
  return authorNamed(actor, { clock, zones, enteredBy: 'os:root@host' });
}

async function attest(world: World, control: string, attested: NewAttestation, by = named(world)) {
  const found = await findControl(world.database.db, control, null);
  return attestControl(world.database, scopeOf(world), found, attested, by);
}

async function stateOf(world: World, control: string) {
  const controls = await readControls(world.database.db, scopeOf(world));
  const found = controls.find((one) => one.controlId === control);
  return found === undefined
    ? 'none'
    : [found.status, ...found.turns.map(({ on, to }) => `${to} on ${on}`)].join(', ');
}

async function changesOf(world: World) {
  const { changes } = await succeeded(world.run());
  return changes.map(
    (one) => `${one.control_id}: ${one.from} > ${one.to} ${one.class} ${one.severity} ${one.cause}`,
  );
}

/** A control with a link and no rule, attested by somebody. */
async function manualWorld(harness: Parameters<typeof newWorld>[0]) {
  const world = await newWorld(harness);
  await addPerson(world, 'ana@example.org');
  const framework = await world.framework('ISO');
  await world.link(await world.control(framework, 'M-1'));
  return { world, framework };
}

onEachDatabase((harness) => {
  it('an attestation counts through its last day in the business zone, then the control is in warning, each change with its cause', async () => {
    const { world } = await manualWorld(harness);
    const first = await succeeded(world.run());
    const before = await storedControls(world.database, first.snapshot_id);
    expect(before.get('M-1')).toEqual({
      framework: 1,
      control_id: 'M-1',
      name: 'Name of M-1',
      status: 'manual',
      links: 1,
      rules: [],
    });
    expect(await stateOf(world, 'M-1')).toBe('manual');

    await attest(world, 'M-1', met('2026-03-29'));
    const second = await succeeded(world.run());
    expect(second.changes).toEqual([]);
    const attested = await storedControls(world.database, second.snapshot_id);
    expect(attested.get('M-1')).toMatchObject({
      status: 'manual',
      attestation: { id: 1, result: 'met', until: '2026-03-29', expired: false },
    });
    expect(await stateOf(world, 'M-1')).toBe('manual, warning on 2026-03-30');
    const coming = forecast(await readControls(world.database.db, scopeOf(world)), '2026-03-10', 30);
    expect(coming.map(({ turn }) => turn)).toEqual([{ on: '2026-03-30', to: 'warning' }]);

    // The last moment of the day on which the clocks go forward in Madrid, and the next one.
    world.clock.set('2026-03-29T21:59:59.999Z');
    expect(await stateOf(world, 'M-1')).toBe('manual, warning on 2026-03-30');
    world.clock.set('2026-03-29T22:00:00Z');
    expect(await stateOf(world, 'M-1')).toBe('warning');
    expect(await changesOf(world)).toEqual(['M-1: manual > warning regression high attestation_expired']);

    await attest(world, 'M-1', notMet);
    const failed = await succeeded(world.run());
    expect(failed.changes).toMatchObject([
      { to: 'non_compliant', severity: 'critical', cause: 'attested_not_met' },
    ]);
    expect(failed.failing).toMatchObject([
      { rule: null, remedy: 'correct what is not met, then attest it again' },
    ]);
    world.clock.set('2028-02-29T11:00:00Z');
    await attest(world, 'M-1', met('2028-02-29'));
    expect(await changesOf(world)).toEqual(['M-1: non_compliant > manual improvement null attested_met']);
    world.clock.set('2028-02-29T22:59:59Z');
    expect(await stateOf(world, 'M-1')).toBe('manual, warning on 2028-03-01');
    world.clock.set('2028-02-29T23:00:00Z');
    expect(await stateOf(world, 'M-1')).toBe('warning');

    const { db } = world.database;
    const decided = await sql<{ line: string }>`
      select actor || ' ' || action || ' ' || subject || ' ' || (after ->> 'result') || ' ' || (after ->> 'entered_by') as line
        from opsdeck_jobs.action_log order by at`.execute(db);
    expect(decided.rows.map(({ line }) => line)).toEqual([
      'ana@example.org controls.attest control:M-1 met os:root@host',
      'ana@example.org controls.attest control:M-1 not_met os:root@host',
      'ana@example.org controls.attest control:M-1 met os:root@host',
    ]);

    // What a snapshot recorded then stays what it was, whatever was attested since.
    const { io, stdout } = await ioOn(harness, world.database);
    expect(await listControls(io, {}, { format: 'json', output: '-', asOf: '2026-03-20' })).toBe(0);
    const shape = z.object({
      controls: z.array(
        z.looseObject({
          status: z.string(),
          attestation: z.looseObject({ until: z.string(), by: z.string(), entered_by: z.string() }),
        }),
      ),
    });
    expect(shape.parse(JSON.parse(stdout())).controls).toMatchObject([
      {
        status: 'manual',
        attestation: { until: '2026-03-29', by: 'ana@example.org', entered_by: 'os:root@host' },
      },
    ]);
  });

  it('refuses what an attestation would not change, and who is no active account; nothing is stored', async () => {
    const { world, framework } = await manualWorld(harness);
    await addPerson(world, 'old@example.org', true);
    await world.activityRule(await world.control(framework, 'R-1'), '2026-03-09', { name: 'Backup' });
    await world.control(framework, 'U-1');
    await world.link(await world.control(framework, 'N-1', false));
    const refused = (control: string, by?: string) =>
      expect(attest(world, control, met('2026-12-31'), named(world, by))).rejects;
    await refused('R-1').toMatchObject({
      code: 'not_attestable',
      message:
        'ISO R-1 is decided by its rule Backup: an attestation would change nothing; nothing was attested.',
    });
    await refused('U-1').toMatchObject({ code: 'not_attestable', exitCode: 2 });
    await refused('N-1').toMatchObject({ code: 'not_attestable' });
    await refused('M-1', 'eve@example.org').toMatchObject({ code: 'unknown_actor' });
    await refused('M-1', 'old@example.org').toMatchObject({ code: 'archived_actor' });
    const { db } = world.database;
    expect(await db.selectFrom('opsdeck_jobs.control_attestation').selectAll().execute()).toEqual([]);
    expect(await db.selectFrom('opsdeck_jobs.action_log').selectAll().execute()).toEqual([]);
  });

  describe('actions and acceptances', () => {
    it('stand beside the control until they are done or over, and change no status', async () => {
      const { world, framework } = await manualWorld(harness);
      const { database, clock } = world;
      const ana = named(world);
      const owner = await addPerson(world, 'owner@example.org');
      const { activity } = await world.activityRule(await world.control(framework, 'R-1'));
      await database.db
        .updateTable('security_activity')
        .set({ owner_id: owner, owner_type: 'User' })
        .where('id', '=', activity)
        .execute();
      const control = await findControl(database.db, 'R-1', null);
      const acceptance = { reason: 'replaced in April', until: '2026-03-20' };

      await expect(
        acceptControl(database, scopeOf(world), control, acceptance, named(world, 'Owner@example.org')),
      ).rejects.toMatchObject({ code: 'own_control' });
      const manual = await findControl(database.db, 'M-1', null);
      await expect(acceptControl(database, scopeOf(world), manual, acceptance, ana)).rejects.toMatchObject({
        code: 'not_failing',
      });
      expect(await acceptControl(database, scopeOf(world), control, acceptance, ana)).toEqual({
        status: 'non_compliant',
        mail: 'A mail to ana@example.org reports what was recorded in their name.',
      });
      expect(await stateOf(world, 'R-1')).toBe('non_compliant');

      const work = { cause: 'no test', action: 'test it', due: '2026-03-11' };
      const first = await addAction(database, control, work, ana);
      const later = await addAction(database, control, { ...work, action: 'again', due: '2026-04-30' }, ana);
      expect([first?.id, later?.id]).toEqual([1, 2]);
      const attention = async () => {
        const [found = []] = await readAttention(database.db, [driftAttention], { zones, now: clock.now() });
        return found.map(({ severity, what }) => `${severity}: ${what}`);
      };
      expect(await attention()).toEqual(['low: 2 open actions on controls']);
      clock.set('2026-03-11T22:59:59Z');
      expect(await attention()).toEqual(['low: 2 open actions on controls']);
      clock.set('2026-03-11T23:00:00Z');
      expect(await attention()).toEqual([
        'medium: 1 of 2 open actions on controls overdue: R-1 (due 2026-03-11)',
      ]);

      // Two close the same action at once: one does, and the other is refused.
      const both = await Promise.allSettled([
        endAction(database, 1, 'tested', ana),
        endAction(database, 1, 'tested', ana),
      ]);
      expect(both.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
      await expect(endAction(database, 1, 'again', ana)).rejects.toMatchObject({ code: 'already_done' });
      await expect(endAction(database, 99, 'again', ana)).rejects.toMatchObject({ code: 'unknown_action' });
      expect(await attention()).toEqual(['low: 1 open action on controls']);
      await succeeded(world.run());

      // One mail for each decision that was recorded, and none for those that were refused.
      await attest(world, 'M-1', met('2026-12-31'));
      const { rows: mails } = await sql<{ line: string }>`
        select destination || ': ' || (context ->> 'what') || ', ' || (context ->> 'entered_by') as line
          from opsdeck_jobs.message where event_code = 'DECISION_RECORDED' order by created_at, communication_id`.execute(
        database.db,
      );
      expect(mails.map(({ line }) => line)).toEqual(
        [
          'ISO R-1, which is non-compliant, was accepted through 2026-03-20',
          'Action 1 on ISO R-1 was recorded, due 2026-03-11: test it',
          'Action 2 on ISO R-1 was recorded, due 2026-04-30: again',
          'Action 1 on ISO R-1 was recorded as done: test it',
          'ISO M-1 was attested as met through 2026-12-31',
        ].map((what) => `ana@example.org: ${what}, os:root@host`),
      );

      const { io, stdout } = await ioOn(harness, database);
      expect(await listControls(io, {}, { format: 'text', output: '-', asOf: '2026-03-12' })).toBe(0);
      expect(stdout()).toContain('1 action open');
      expect(stdout()).toContain('accepted through 2026-03-20 by ana@example.org');
      const shown = await ioOn(harness, database);
      expect(await showControl(shown.io, {}, 'R-1', { format: 'json', output: '-' })).toBe(0);
      expect(JSON.parse(shown.stdout())).toMatchObject({
        actions: [
          { id: 2, due: '2026-04-30', done: null, entered_by: 'os:root@host' },
          { id: 1, overdue: false, done: { by: 'ana@example.org', reason: 'tested' } },
        ],
        acceptances: [{ status: 'non_compliant', until: '2026-03-20', by: 'ana@example.org' }],
      });
      const dry = await ioOn(harness, database);
      expect(await endControlAction(dry.io, {}, '2', { reason: 'x', as: ana.actor, dryRun: true })).toBe(0);
      expect(dry.stdout()).toBe('This would close action 2 on ISO R-1: again. Nothing was changed.\n');
    });
  });
});
