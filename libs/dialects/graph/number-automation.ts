import type { ConversationalAutomation, FeatureChange, Result } from '#domain';
import { Reader } from '#dialects/message-body';
import { chooseFields, type NodeWriter, type SelectedField, writeNode } from './field-selection.js';

const MAX = { prompts: 3, prompt: 80, commands: 30, name: 30, description: 256 };

/** `POST /{phone-number-id}/conversational_automation`; what is not named stays. */
export function readAutomation(parameters: unknown): Result<FeatureChange<'automation'>> {
  const reader = new Reader({ unknownFields: 'ignore', fromText: true });
  const json = reader.asObject(parameters, '');
  const enableWelcomeMessage = reader.optionalFlag(json, '', 'enable_welcome_message');
  const prompts = reader
    .optionalList(json, '', 'prompts', 0, MAX.prompts)
    ?.map((prompt, index) => reader.text({ [`prompts[${index}]`]: prompt }, '', `prompts[${index}]`, MAX.prompt));
  const commands = reader.optionalList(json, '', 'commands', 0, MAX.commands)?.map((command, index) => {
    const path = `commands[${index}]`;
    const fields = reader.asObject(command, path);
    const name = reader.text(fields, path, 'command_name', MAX.name);
    if (name !== '' && !/^[a-zA-Z0-9_]+$/.test(name)) {
      reader.invalid(`${path}.command_name`, 'may have letters, digits and underscores only');
    }
    return { name, description: reader.text(fields, path, 'command_description', MAX.description) };
  });
  if (!reader.failed && enableWelcomeMessage === undefined && !prompts && !commands) reader.missing('enable_welcome_message');
  return reader.finish({ enableWelcomeMessage, prompts, commands });
}

export function writeAutomation(automation: ConversationalAutomation): Readonly<Record<string, unknown>> {
  return {
    enable_welcome_message: automation.enableWelcomeMessage,
    prompts: automation.prompts,
    commands: automation.commands.map(({ name, description }) => ({ command_name: name, command_description: description })),
  };
}

interface Bot {
  readonly id: string;
  readonly value: ConversationalAutomation;
}

const writer: NodeWriter<Bot> = {
  id: (bot) => bot.id,
  prompts: (bot) => bot.value.prompts,
  commands: (bot) => writeAutomation(bot.value)['commands'],
  enable_welcome_message: (bot) => bot.value.enableWelcomeMessage,
};

/** The fields of `GET /{bot-id}`. */
export function chooseBotFields(selection: readonly SelectedField[] | undefined): Result<readonly string[]> {
  return chooseFields(selection, writer, ['id', 'prompts', 'commands', 'enable_welcome_message'], 'WhatsAppBusinessBot');
}

export function writeBot(bot: Bot, names: readonly string[]): Readonly<Record<string, unknown>> {
  return writeNode(bot, names, writer);
}
