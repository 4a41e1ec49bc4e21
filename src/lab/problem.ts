/** Something wrong with a lab, in words a person can act on, and where. */
export interface Problem {
  readonly path: readonly (string | number)[];
  readonly message: string;
  /** What may stand there: words, or a range as one text. */
  readonly allowed?: readonly string[] | string;
  /** Whether the key is at fault or its value. Default: the value. */
  readonly at?: 'key' | 'value';
}
