/** The apps of a node, and the settings of V8 that each is started with. */
export declare const APPS: readonly { readonly name: string; readonly flags: readonly string[] }[];
