/** A word that means the same in every shell, and is no number of another control. */
const plainIdentifier = /^(?!\d+$)[A-Za-z0-9][\w.-]*$/;

/** A control as it can be typed after `controls show`: its identifier where that is one plain word, else its number. */
export function typedControl(controlId: string, number: number, frameworkId?: number): string {
  const control = plainIdentifier.test(controlId) ? controlId : String(number);
  return frameworkId === undefined ? control : `${control} --framework ${frameworkId}`;
}
