import { Command } from '@commander-js/extra-typings';
import { examples } from '../../../src/cli/commands/command-context.ts';
import { importOptions } from '../../../src/cli/commands/options.ts';

const [dryRun, json, timeout] = importOptions;

const importHelp = `
The file is a JSON list. Each comparison has a name, source_a_type, source_a_config, key_field_a, the same three of b, and, as
you like, description, field_mappings, schedule_type, schedule_config, alert_on_left_only, alert_on_right_only,
alert_on_mismatches, min_findings_threshold, notification_channels, notification_recipients, auto_create_incidents,
auto_incident_severity, is_enabled and settings. A comparison of that name is changed; what is left out keeps its value.

  [{"name": "HR and accounts", "source_a_type": "CSV", "source_a_config": {"path": "hr.csv"},
    "source_b_type": "Active Users", "key_field_a": "email", "key_field_b": "email",
    "field_mappings": [{"field_a": "role", "field_b": "role"}],
    "settings": {"where": {"a": [{"column": "Employment Status", "=": "Active"}]}},
    "schedule_type": "daily", "schedule_config": {"hour": 7},
    "notification_channels": ["email"], "notification_recipients": [{"type": "email", "value": "ana@example.org"}]}]

Without a channel and a recipient no alert is sent. Channels: email, slack and the others of destinations. Recipients: email (an
address), user, group (their numbers), role (such as admin), slack_channel.
Schedules: manual, daily {hour}, weekly {hour, day_of_week 1 to 7}, monthly {hour, day_of_month}; hour in the business zone.
Settings: key {trim, case_fold, unicode_nfc, strip_domain}; fields {FIELD: {type, ignore_case, trim, null_is_empty, privileged}};
severity; where {a, b}; label; show; sides; max_age {a, b}; max_shrink_percent; max_new_findings; max_new_percent; four_eyes;
due {critical, high, medium, low}; owner; escalate_to; departure; leaver_limit;
max_incidents. \`uar schema\` prints all of it as a JSON Schema, \`uar export\` what is there.

Sources: Active Users; Subscription {subscription_id}; Business Service {service_id}; Database Query {query}; JSON {json_data};
CSV {path, delimiter, encoding}; API {url, items, headers, secret, secret_header, secret_prefix, auth, pagination}.
`;

export const uarImport = () =>
  new Command('import')
    .description('Import comparisons from a JSON file; the same file twice changes nothing')
    .argument('<file>', 'JSON in UTF-8, with comments as you like; - is standard input')
    .addOption(dryRun)
    .addOption(json)
    .addOption(timeout)
    .addHelpText('after', importHelp)
    .addHelpText(
      'after',
      examples(
        'uar import comparisons.json --dry-run',
        'uar import comparisons.json',
        'uar import - < comparisons.json',
      ),
    );
