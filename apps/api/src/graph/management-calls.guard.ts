import { applyDecorators, type CanActivate, type ExecutionContext, Injectable, UseGuards } from '@nestjs/common';
import { ApiTooManyRequestsResponse } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { countManagementCall } from '#contracts';
import { writeUsage } from '#dialects/graph';
import { GraphErrorAnswerDto } from '#dialects/graph/door';
import { isId } from '#domain';
import { callerOf, Refused } from '../http/caller.js';
import { Core } from '../http/core.client.js';

const USAGE_HEADER = 'x-business-use-case-usage';

/**
 * Asks before a call whether its app may still manage the account, and tells how much of the limit is used up. The account
 * is the one that the path names, or that its number belongs to.
 */
@Injectable()
export class ManagementCallsGuard implements CanActivate {
  constructor(private readonly core: Core) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const http = context.switchToHttp();
    const request = http.getRequest<FastifyRequest>();
    const { wabaId, id } = request.params as { readonly wabaId?: unknown; readonly id?: unknown };
    const objectId = wabaId ?? id;
    if (!isId(objectId)) return true;
    const { usage } = await this.core.ask(countManagementCall, { objectId, caller: callerOf(request) });
    if (!usage) return true;
    http.getResponse<FastifyReply>().header(USAGE_HEADER, writeUsage(usage));
    if (!usage.isExceeded) return true;
    const detail = 'There have been too many calls to this account from this app; wait a bit and try again';
    throw Refused.as('rate-limited', detail, { retryAfterSeconds: usage.regainSeconds });
  }
}

/** A route whose calls are counted by app and account. */
export const CountedCall = (): MethodDecorator & ClassDecorator =>
  applyDecorators(
    UseGuards(ManagementCallsGuard),
    ApiTooManyRequestsResponse({
      type: GraphErrorAnswerDto,
      description: 'Too many calls on the account in the last hour.',
      headers: {
        'X-Business-Use-Case-Usage': {
          description: 'With every answer: how many percent of the limit are used up, by business.',
          schema: { type: 'string' },
        },
      },
    }),
  );
