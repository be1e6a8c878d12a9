/**
 * The made-up organisation of the demo: which controls it has and how each is covered. Identifiers are those of the public
 * standards; titles are ours.
 */

export interface DemoRule {
  readonly name: string;
  readonly model: string;
  readonly criteria?: Readonly<Record<string, string | readonly string[]>>;
  readonly everyDays: number;
  readonly graceDays: number;
}

export interface DemoControl {
  readonly id: string;
  readonly title: string;
  readonly rule?: DemoRule;
  /** A link to what fulfils the control by hand: kind of thing, and how. */
  readonly link?: readonly [type: string, description: string];
  /** Why it is out of scope. */
  readonly notApplicable?: string;
}

export interface DemoFramework {
  readonly name: string;
  readonly description: string;
  readonly controls: readonly DemoControl[];
}

const activity = (activityName: string) => ({ activity_name: activityName });
const maintenance = (eventType: string) => ({ event_type: eventType });

const restoreTest: DemoRule = {
  name: 'Restore test every 30 days',
  model: 'ActivityExecution',
  criteria: activity('Backup restore test'),
  everyDays: 30,
  graceDays: 10,
};

const alertReview: DemoRule = {
  name: 'Alerts reviewed every two weeks',
  model: 'ActivityExecution',
  criteria: activity('Security alert review'),
  everyDays: 14,
  graceDays: 3,
};

const supplierAssessment: DemoRule = {
  name: 'Suppliers assessed every year',
  model: 'SecurityAssessment',
  everyDays: 365,
  graceDays: 30,
};

/** Not there in the first run: somebody adds it during the week. */
export const threatBriefing: DemoRule = {
  name: 'Threat briefing every 30 days',
  model: 'ActivityExecution',
  criteria: activity('Threat briefing'),
  everyDays: 30,
  graceDays: 7,
};

/** Not there in the first run either. */
export const vendorControl: DemoControl = {
  id: 'CC9.2',
  title: 'Risks from vendors',
  rule: supplierAssessment,
};

export const iso: DemoFramework = {
  name: 'ISO/IEC 27001:2022 Annex A',
  description: 'A selection of controls, with titles in the words of this demo.',
  controls: [
    {
      id: 'A.5.1',
      title: 'Policies kept up to date',
      rule: {
        name: 'Policies reviewed every year',
        model: 'ActivityExecution',
        criteria: activity('Policy review'),
        everyDays: 365,
        graceDays: 30,
      },
    },
    {
      id: 'A.5.2',
      title: 'Who is responsible for what',
      link: ['Policy', 'Roles are in the security policy'],
    },
    { id: 'A.5.7', title: 'Knowing current threats' },
    {
      id: 'A.5.9',
      title: 'List of assets',
      rule: {
        name: 'Inventory checked every quarter',
        model: 'ActivityExecution',
        criteria: activity('Inventory check'),
        everyDays: 90,
        graceDays: 14,
      },
    },
    { id: 'A.5.10', title: 'Rules for using assets', link: ['Policy', 'Acceptable use policy'] },
    { id: 'A.5.15', title: 'Rules for access', link: ['Policy', 'Access control policy'] },
    {
      id: 'A.5.17',
      title: 'Handling of passwords and keys',
      rule: {
        name: 'Password vault checked every quarter',
        model: 'ActivityExecution',
        criteria: activity('Password vault check'),
        everyDays: 90,
        graceDays: 14,
      },
    },
    {
      id: 'A.5.18',
      title: 'Review of access rights',
      rule: {
        name: 'Access review every 30 days',
        model: 'UARExecution',
        criteria: { method: 'comparison_name_match', comparison_name: 'Directory against HR' },
        everyDays: 30,
        graceDays: 5,
      },
    },
    { id: 'A.5.19', title: 'Security at suppliers', rule: supplierAssessment },
    { id: 'A.5.23', title: 'Use of cloud services' },
    {
      id: 'A.5.24',
      title: 'Ready for incidents',
      rule: {
        name: 'Incident exercise twice a year',
        model: 'ActivityExecution',
        criteria: activity('Incident exercise'),
        everyDays: 180,
        graceDays: 14,
      },
    },
    {
      id: 'A.5.29',
      title: 'Security during disruption',
      rule: {
        name: 'Recovery test twice a year',
        model: 'BCDRTestLog',
        criteria: { method: 'any_passed' },
        everyDays: 180,
        graceDays: 30,
      },
    },
    {
      id: 'A.5.30',
      title: 'IT ready for disruption',
      link: ['BCDRPlan', 'Plan for the loss of the data centre'],
    },
    { id: 'A.5.36', title: 'Own rules are followed' },
    {
      id: 'A.6.1',
      title: 'Checks before hiring',
      rule: { name: 'Onboarding is recorded', model: 'OnboardingProcess', everyDays: 365, graceDays: 30 },
    },
    {
      id: 'A.6.3',
      title: 'Awareness and training',
      rule: {
        name: 'Security campaign every quarter',
        model: 'Campaign',
        criteria: { method: 'tag_match', tags: ['security'] },
        everyDays: 90,
        graceDays: 14,
      },
      link: ['Course', 'Yearly course for everybody'],
    },
    {
      id: 'A.6.5',
      title: 'When people leave',
      rule: { name: 'Offboarding is recorded', model: 'OffboardingProcess', everyDays: 365, graceDays: 30 },
    },
    { id: 'A.6.7', title: 'Working elsewhere', link: ['Policy', 'Remote work policy'] },
    { id: 'A.7.1', title: 'Secured premises', link: ['Contract', 'Contract with the guard company'] },
    { id: 'A.7.4', title: 'Watching the premises', notApplicable: 'The landlord watches the building' },
    {
      id: 'A.7.10',
      title: 'Storage media',
      rule: {
        name: 'Media destroyed every year',
        model: 'MaintenanceLog',
        criteria: maintenance('Media disposal'),
        everyDays: 365,
        graceDays: 30,
      },
    },
    {
      id: 'A.8.2',
      title: 'Privileged access',
      rule: {
        name: 'Administrators reviewed every 30 days',
        model: 'ActivityExecution',
        criteria: activity('Administrator review'),
        everyDays: 30,
        graceDays: 7,
      },
    },
    {
      id: 'A.8.7',
      title: 'Protection against malware',
      rule: {
        name: 'Endpoint protection updated every two weeks',
        model: 'MaintenanceLog',
        criteria: maintenance('Endpoint protection update'),
        everyDays: 14,
        graceDays: 3,
      },
    },
    {
      id: 'A.8.8',
      title: 'Technical vulnerabilities',
      rule: {
        name: 'Vulnerability scan every two weeks',
        model: 'MaintenanceLog',
        criteria: maintenance('Vulnerability scan'),
        everyDays: 14,
        graceDays: 3,
      },
    },
    { id: 'A.8.9', title: 'Configuration management' },
    { id: 'A.8.13', title: 'Backups', rule: restoreTest },
    { id: 'A.8.15', title: 'Logs are kept', link: ['Service', 'Central log service'] },
    { id: 'A.8.16', title: 'Systems are watched', rule: alertReview },
    { id: 'A.8.25', title: 'Secure development', link: ['Policy', 'Development guideline'] },
    { id: 'A.8.30', title: 'Development by others', link: ['Contract', 'Contract with the developers'] },
    {
      id: 'A.8.32',
      title: 'Changes under control',
      rule: {
        name: 'Maintenance recorded every 30 days',
        model: 'MaintenanceLog',
        criteria: { method: 'any_completed' },
        everyDays: 30,
        graceDays: 7,
      },
    },
  ],
};

export const soc2: DemoFramework = {
  name: 'SOC 2 common criteria',
  description: 'A few criteria, with titles in the words of this demo.',
  controls: [
    {
      id: 'CC3.2',
      title: 'Risks are assessed',
      rule: { name: 'Risk assessment every year', model: 'RiskAssessment', everyDays: 365, graceDays: 30 },
    },
    { id: 'CC6.1', title: 'Logical access', link: ['Policy', 'Access control policy'] },
    { id: 'CC7.2', title: 'Anomalies are noticed', rule: alertReview },
    { id: 'CC7.5', title: 'Recovery', rule: restoreTest },
  ],
};
