/**
 * Where API versions end: what follows from a version is asked here and nowhere else, and nothing inside knows one.
 * Any `vNN.N` is served; the ones in between behave like their neighbours.
 */
export interface GraphVersion {
  /** Statuses carry `conversation`. From v24.0 on only a free entry point's do. Source: the platform's status webhook reference. */
  readonly conversationInStatuses: boolean;
  /** A cursor of templates that leads nowhere has a code of its own. Source: the platform's changelog. */
  readonly cursorCodeOfTemplates: boolean;
}

/** The shape of webhooks for an app that subscribed on an unversioned path. */
export const newestVersion = 'v24.0';

const VERSION = /^v(\d{1,3})\.(\d{1,2})$/;

/** What holds for a version such as `v23.0`; for text that is none, what holds for the newest. */
export function graphVersion(text: string): GraphVersion {
  const match = VERSION.exec(text) ?? VERSION.exec(newestVersion);
  return Number(match?.[1]) < 24 ? versionBefore24 : versionFrom24;
}

const versionBefore24: GraphVersion = { conversationInStatuses: true, cursorCodeOfTemplates: false };
const versionFrom24: GraphVersion = { conversationInStatuses: false, cursorCodeOfTemplates: true };
