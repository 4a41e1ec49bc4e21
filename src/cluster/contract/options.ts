import { type NamesWith, optionList, propertyOf, type Values } from '../../options/table.ts';

/** The options of the command line that are for providers; each provider takes its own. */
export type GivenProviderOptions = Values<NamesWith<'provider'>>;

/** What a provider is made with. */
export interface ProviderOptions extends GivenProviderOptions {
  /** Kubernetes version, as in "1.34": from the lab or its override. */
  readonly kubernetes?: string;
}

/** The options for providers among those of a command. */
export const givenProviderOptions = (options: Readonly<Record<string, unknown>>): GivenProviderOptions =>
  Object.fromEntries(
    optionList
      .filter(({ provider }) => provider)
      .map(({ name }) => [propertyOf(name), options[propertyOf(name)]])
      .filter(([, value]) => value !== undefined),
  );
