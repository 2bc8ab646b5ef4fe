import { type BeforeApplicationShutdown, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import type { Stop } from '#bus';
import {
  createApp,
  createBusiness,
  createOnPremAdmin,
  createOperatorToken,
  createSystemUserToken,
  debugToken,
  login,
  logout,
  revokeToken,
  whoAmI,
} from '#contracts';
import { ok } from '#domain';
import { Answers } from './answers.js';
import { DebugToken } from './debug-token.js';
import { LogIn } from './log-in.js';
import { ManageAccess } from './manage-access.js';
import { hashFromCaller } from './tokens.js';

/** Answers the questions of `contracts/access`. */
@Injectable()
export class AccessConsumer implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private stops: Stop[] = [];

  constructor(
    private readonly answers: Answers,
    private readonly access: ManageAccess,
    private readonly logIn: LogIn,
    private readonly tokens: DebugToken,
  ) {}

  onApplicationBootstrap(): void {
    const { access, answers } = this;
    this.stops = [
      answers.serve(whoAmI, (_, asker) => ok(asker.principal)),
      answers.serveAnybody(login, (question) => this.logIn.logIn(question, question.caller)),
      answers.serve(logout, (question, asker) => access.logOut(asker, hashFromCaller(question.caller.tokenHash ?? '') as Buffer)),
      answers.serve(createOnPremAdmin, (question, asker) =>
        access.createOnPremAdmin(asker, question.phoneNumberId, question.username),
      ),
      answers.serve(createSystemUserToken, (question, asker) => access.createSystemUserToken(asker, question)),
      answers.serve(createOperatorToken, (question, asker) => access.createOperatorToken(asker, question)),
      answers.serve(revokeToken, (question, asker) => access.revokeToken(asker, question.tokenId)),
      answers.serve(createBusiness, (question, asker) => access.createBusiness(asker, question.name)),
      answers.serve(createApp, (question, asker) => access.createApp(asker, question.businessId, question.name)),
      answers.serve(debugToken, (question, asker) => this.tokens.debug(asker, question.inputTokenHash)),
    ];
  }

  async beforeApplicationShutdown(): Promise<void> {
    for (const stop of this.stops.reverse()) await stop();
  }
}
