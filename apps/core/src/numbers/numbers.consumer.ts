import { type BeforeApplicationShutdown, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import type { Stop } from '#bus';
import {
  addNumber,
  changeNumber,
  deregisterNumber,
  holdNumber,
  listNumbers,
  numberHealth,
  readNumber,
  registerNumber,
  requestCode,
  reviewDisplayName,
  setPin,
  setThroughput,
  suggestUsernames,
  verifyCode,
} from '#contracts';
import { Answers } from '../access/answers.js';
import { ChangeNumbers } from './change-numbers.js';
import { OwnNumbers } from './own-numbers.js';
import { RaiseThroughput } from './raise-throughput.js';
import { RegisterNumbers } from './register-numbers.js';
import { VerifyNumbers } from './verify-numbers.js';

/** Answers the questions of `contracts/numbers`. */
@Injectable()
export class NumbersConsumer implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private stops: Stop[] = [];

  constructor(
    private readonly answers: Answers,
    private readonly numbers: OwnNumbers,
    private readonly updates: ChangeNumbers,
    private readonly verification: VerifyNumbers,
    private readonly registration: RegisterNumbers,
    private readonly throughput: RaiseThroughput,
  ) {}

  onApplicationBootstrap(): void {
    const { answers, numbers, registration, throughput, updates, verification } = this;
    this.stops = [
      answers.serve(addNumber, (question, asker) => numbers.add(asker, question)),
      answers.serve(holdNumber, (question, asker) => numbers.hold(asker, question)),
      answers.serve(changeNumber, (question, asker) => updates.change(asker, question.phoneNumberId, question)),
      answers.serve(suggestUsernames, (question, asker) => updates.suggestUsernames(asker, question.phoneNumberId)),
      answers.serve(reviewDisplayName, (question, asker) => updates.review(asker, question.phoneNumberId, question)),
      answers.serve(readNumber, (question, asker) => numbers.read(asker, question.phoneNumberId, question.with)),
      answers.serve(listNumbers, (question, asker) => numbers.list(asker, question.wabaId, question)),
      answers.serve(numberHealth, (_, asker) => numbers.health(asker)),
      answers.serve(requestCode, (question, asker) => verification.requestCode(asker, question)),
      answers.serve(verifyCode, (question, asker) => verification.verifyCode(asker, question.phoneNumberId, question.code)),
      answers.serve(registerNumber, (question, asker) => registration.register(asker, question.phoneNumberId, question.pin)),
      answers.serve(deregisterNumber, (question, asker) => registration.deregister(asker, question.phoneNumberId)),
      answers.serve(setThroughput, (question, asker) => throughput.set(asker, question.phoneNumberId, question.level)),
      answers.serve(setPin, (question, asker) => registration.setPin(asker, question.phoneNumberId, question.pin)),
    ];
  }

  async beforeApplicationShutdown(): Promise<void> {
    for (const stop of this.stops.reverse()) await stop();
  }
}
