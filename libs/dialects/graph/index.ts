/**
 * The Graph dialect: the JSON that the platform's Cloud API, its management API and their webhooks speak, read into and
 * written from the domain. API versions end here. It will never contain a framework, a store or a decision about messages:
 * every function is pure and total.
 */
export * from './app-subscriptions.js';
export * from './block-users.js';
export * from './body-rules.js';
export * from './download-links.js';
export * from './failures.js';
export * from './field-selection.js';
export * from './media.js';
export * from './message-history.js';
export * from './messages.js';
export * from './named-nodes.js';
export * from './number-automation.js';
export * from './number-commerce.js';
export * from './number-compliance.js';
export * from './number-list.js';
export * from './number-profile.js';
export * from './number-settings.js';
export * from './number-update.js';
export * from './paging.js';
export * from './phone-numbers.js';
export * from './template-definitions.js';
export * from './qr-codes.js';
export * from './templates.js';
export * from './tokens.js';
export * from './uploads.js';
export * from './usage.js';
export * from './usernames.js';
export * from './versions.js';
export * from './wabas.js';
export * from './webhooks.js';
export * from './write-webhooks.js';
