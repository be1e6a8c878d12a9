/** Letters with accents, and those without that they are compared as. */
export const accented = {
  from: 'ÀÁÂÃÄÅàáâãäåÇçÈÉÊËèéêëÌÍÎÏìíîïÑñÒÓÔÕÖòóôõöÙÚÛÜùúûü',
  to: 'aaaaaaaaaaaacceeeeeeeeiiiiiiiinnoooooooooouuuuuuuu',
};

/** What separates nothing: it is left out of the comparison. */
export const separators = ' \t\r\n_-\u00a0';

/** A word as it is compared; `folded` of evidence-words.sql.ts does the same in the database. */
export function foldWord(word: string): string {
  let folded = '';
  for (const letter of word) {
    if (separators.includes(letter)) continue;
    const place = accented.from.indexOf(letter);
    folded += place < 0 ? letter.toLowerCase() : accented.to.charAt(place);
  }
  return folded;
}

/** Every form in which a word of a list is compared. */
export function spellings(word: string): readonly string[] {
  const german = word.replace(/[äöüÄÖÜ]/g, (letter) => `${foldWord(letter)}e`).replaceAll('ß', 'ss');
  return [...new Set([foldWord(word), foldWord(german)])];
}
