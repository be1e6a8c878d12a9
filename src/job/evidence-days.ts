/** Three years and a month: evidence must outlive the audit of a certificate that holds for three years. */
export const evidenceDays = 1125;
